// One stream of one consumer: how it begins, what it has read ahead, what it wants.
#pragma once

#include "redis/client_access.hpp"
#include "stream/entry_decoder.hpp"
#include "stream/stream_source.hpp"

#include "sluice/stream/entry.hpp"

#include <boost/container/deque.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

class stream_intake;

/// Bounds of reading ahead.
struct lane_settings {
  std::size_t prefetch = 100;
  std::size_t prefetch_bytes = std::size_t{4} << 20U;
  source_settings source;
};

/// Prepares itself with commands of its own (resolve the start, make the group, read the backlog),
/// then joins the stream's source, which reads for it when it wants entries.
class lane : public stream_origin,
             public std::enable_shared_from_this<lane>,
             private reply_sink,
             private timed {
 public:
  lane(std::string stream, stream_intake& intake, client redis, const lane_settings& settings);
  ~lane() override;

  void begin() { prepare(); }
  /// Leaves the source and the consumer. What is under way comes to its end.
  virtual void retire();

  // The consumer's side.

  bool has_entries() const noexcept { return held_by_ == 0 && entries_at_hand() > 0; }
  /// How many entries nobody has taken yet.
  std::size_t read_ahead() const noexcept { return entries_at_hand(); }
  /// Reads so many ahead from now on.
  void prefetch(std::size_t entries) noexcept { settings_.prefetch = entries; }
  /// Wants entries now: somebody waits, or entries were taken.
  void feed();
  /// Asks for a fresh look; `drained()` turns true when that look found nothing.
  void check();
  bool drained() const noexcept { return drained_; }
  /// Gives nothing out and asks for nothing while there is a reason.
  enum class hold_reason : unsigned char { paused = 1, unfit = 2, isolation = 4 };
  void hold(hold_reason why, bool on);
  bool is_held() const noexcept { return held_by_ != 0; }

  // The source's side.

  /// How many entries to ask for now; 0 when enough are at hand or under way.
  std::size_t wanted() const noexcept { return wanted_beside(under_way_); }
  /// A read that asks for so many entries is under way, and has come to its end.
  void on_asked(std::size_t count) noexcept { under_way_ += count; }
  void on_answered(std::size_t count) noexcept { under_way_ -= count; }
  /// The live read; `block` is zero for one that returns at once.
  virtual command read_command(std::size_t count, std::chrono::milliseconds block) const = 0;
  /// Takes the reply of a live read; returns how many entries came.
  std::size_t accept(const resp::value& reply, const buffer_ref& bytes);
  /// A read has come to its end, and what it brought is buffered.
  void on_read_done();
  /// A read failed. Returns true when the lane left the source to mend it by itself.
  virtual bool mend(const error& why) = 0;
  /// The reply of a live read was lost on the way; what it held must be found again. `apart` when
  /// it went over a connection of its own: a look at the backlog may have come too early for it.
  virtual void on_read_lost(bool apart) { static_cast<void>(apart); }
  /// The reply of a read did not come through, perhaps because it was larger than a reply may be,
  /// here or on the server. Until the size of entries is known again, one is asked for at a time.
  void ask_for_one() noexcept { average_bytes_ = settings_.prefetch_bytes + 1; }
  /// A look with this number found the stream empty.
  void on_empty_look(std::uint64_t look);
  /// Tells whoever waits for entries, unless time alone will mend it or it was told before.
  void report(const error& why);

  /// The member of the group as whom it reads; empty without a group.
  virtual std::string_view member_name() const noexcept { return {}; }
  bool retired() const noexcept { return intake_ == nullptr; }

  bool in_source_queue = false;
  bool in_ready_list = false;

 protected:
  /// How many entries to ask for when so many are under way already.
  std::size_t wanted_beside(std::size_t under_way) const noexcept;
  enum class next_step : unsigned char { send, wait_for_demand, live };

  /// What comes before live reading; `what` is set for `send`.
  virtual next_step preparation(std::optional<command>& what) = 0;
  virtual void on_prepared(const resp::value& reply, const buffer_ref& bytes) = 0;
  /// The server answered the preparation with an error. Returns true when that is as good as done.
  virtual bool tolerates(const error& why) = 0;
  /// Whether the preparation under way brings several entries. Its reply may be too large.
  virtual bool brings_many() const noexcept { return false; }
  /// Such a reply did not come through: the preparation goes on with fewer.
  virtual void bring_fewer() {}
  /// Takes out entries of a live read that are here already.
  virtual void sift(std::vector<raw_entry>&) {}
  /// Sees every entry before it is buffered, in order.
  virtual void on_received(const raw_entry&) {}
  /// Somebody wants entries.
  virtual void on_wanted() {}
  /// Entries came with a reply after the lane was retired.
  virtual void on_too_late(const std::vector<raw_entry>&) {}
  virtual std::string_view group_name() const noexcept { return {}; }
  /// The live reading begins, over a connection of its own or not.
  virtual void on_live(bool apart) { static_cast<void>(apart); }
  /// The time that `call_back_in` was given has passed, and the live reading goes on.
  virtual void on_called_back() {}
  virtual std::shared_ptr<stream_source> find_source() = 0;

  void prepare();
  /// Leaves the live reading to prepare again, after a pause that grows while it does not help.
  void step_back();
  /// Calls `on_called_back` after a while, unless the live reading ends before: when no read is
  /// under way, whose entries would be met a second time.
  void call_back_in(clock::duration time) { link().set_timer(*this, link().now() + time); }
  void buffer(const std::vector<raw_entry>& fresh, const buffer_ref& bytes);
  /// An entry that leaves the buffer. `bytes` keeps its views valid; it came at `since`.
  struct taken_entry {
    raw_entry what;
    buffer_ref bytes;
    clock::time_point since;
  };
  taken_entry take();
  /// Buffers entries that go before all others. They came some other way than by reading.
  void buffer_ahead(const std::vector<raw_entry>& fresh, const buffer_ref& bytes);
  std::size_t entries_at_hand() const noexcept { return ahead_.size() + entries_.size() - next_; }
  bool has_ahead() const noexcept { return !ahead_.empty(); }
  /// How many entries those who wait for this consumer would take.
  std::size_t demand() const noexcept;
  /// So many of them as fit into what may be read ahead, as far as their size is known.
  std::size_t fitting(std::size_t entries, std::size_t bytes_to_come) const noexcept;
  /// Drops those of the buffered entries that are not to be given out.
  template <class Unwanted>
  void erase_buffered(Unwanted&& unwanted);
  connection& link() const noexcept { return client_access::link(redis_); }
  const lane_settings& settings() const noexcept { return settings_; }
  /// Sees every buffered entry with the time when it came.
  template <class See>
  void for_each_buffered(See&& see) const {
    for (const auto& each : ahead_) see(each.what, each.since);
    auto of_page = page_;
    for (auto i = next_; i < entries_.size(); ++i) {
      while (pages_[of_page].end <= i) ++of_page;
      see(entries_[i], pages_[of_page].since);
    }
  }

 private:
  struct page {
    buffer_ref bytes;
    std::size_t end;  // index in entries_ behind its last entry
    clock::time_point since;
  };

  void on_reply(const resp::value& value, const buffer_ref& bytes) override;
  void on_failure(const error& why) override;
  void on_time() override;
  void retry_later(const error& why);
  void go_live();
  void mark_drained();

  stream_intake* intake_;
  client redis_;
  lane_settings settings_;
  std::shared_ptr<stream_source> source_;
  std::shared_ptr<lane> busy_;  // itself, while a command of its own is under way
  std::uint32_t failures_ = 0;
  bool live_ = false;
  bool reported_ = false;
  bool wants_check_ = false;
  bool called_back_ = false;
  unsigned held_by_ = 0;  // reasons
  bool drained_ = false;
  std::uint64_t drained_by_ = 0;

  boost::container::deque<taken_entry> ahead_;
  std::vector<raw_entry> entries_;
  std::vector<page> pages_;
  std::size_t next_ = 0;
  std::size_t page_ = 0;
  std::size_t bytes_ = 0;
  std::size_t average_bytes_ = 0;
  std::size_t under_way_ = 0;  // entries that were asked for
};

template <class Unwanted>
void lane::erase_buffered(Unwanted&& unwanted) {
  ahead_.erase(std::remove_if(ahead_.begin(), ahead_.end(),
                              [&](const taken_entry& each) { return unwanted(each.what); }),
               ahead_.end());
  std::size_t kept = next_;
  auto of_page = page_;
  for (auto i = next_; i < entries_.size(); ++i) {
    while (pages_[of_page].end <= i) pages_[of_page++].end = kept;
    if (unwanted(entries_[i])) {
      bytes_ -= entries_[i].bytes;
    } else {
      entries_[kept++] = entries_[i];
    }
  }
  while (of_page < pages_.size()) pages_[of_page++].end = kept;
  entries_.resize(kept);
}

}  // namespace sluice
