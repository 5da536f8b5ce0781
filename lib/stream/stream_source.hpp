// The reading of one stream, shared by the consumers of one group in this process.
#pragma once

#include "redis/connection.hpp"
#include "stream/read_cycle.hpp"

#include "sluice/stream/waiting.hpp"

#include <boost/container/deque.hpp>

#include <array>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace sluice {

class lane;

/// How a stream is watched.
struct source_settings {
  wake how = wake::automatic;
  clock::duration poll{};
  clock::duration recheck{};
  bool read_arms = false;
};

/// One doorbell, one net, however many consumers of the group live in this process: a ring brings
/// one of them to the server, in turn, and not all. A backlog is read two batches at a time: the
/// server works on one while the other's entries are worked on here.
class stream_source final : public std::enable_shared_from_this<stream_source>,
                            private doorbell_listener,
                            private link_observer,
                            private timed {
 public:
  /// The source of a group's stream on this connection, made when there is none.
  static std::shared_ptr<stream_source> shared(connection& link, const std::string& stream,
                                               const std::string& group,
                                               const source_settings& settings);
  /// A source for one reader alone.
  static std::shared_ptr<stream_source> alone(connection& link, const std::string& stream,
                                              const source_settings& settings);
  ~stream_source();

  void join(lane& who);
  void leave(lane& who) noexcept;
  /// The lane wants entries.
  void want(lane& who);
  /// True when it reads with blocking reads, over a connection of its own.
  bool reads_apart() const noexcept { return cycle_.how() == read_cycle::style::block; }
  /// How long such a read lasts at the server when its connection is gone.
  static clock::duration longest_block() noexcept;
  /// Looks afresh; returns the number of that look.
  std::uint64_t check();

 private:
  class reader_watch;

  // A read under way. It keeps the source alive.
  struct read final : reply_sink {
    void on_reply(const resp::value& value, const buffer_ref& bytes) override;
    void on_failure(const error& why) override;

    std::shared_ptr<stream_source> source;
    std::weak_ptr<lane> who;
    std::string as;  // the member it reads as; of a group
    std::size_t asked = 0;
    std::uint64_t look = 0;
    bool apart = false;  // on the connection for blocking reads
  };
  // What remains of a read that has come to its end, so that the next one can take its place.
  struct outcome {
    std::shared_ptr<stream_source> source;
    std::shared_ptr<lane> who;
    std::string as;
    std::size_t asked;
    std::uint64_t look;
    bool apart;
  };

  stream_source(connection& link, std::string stream, std::string group,
                const source_settings& settings);
  void open();

  void advance();
  lane* next_in_line();
  void send(lane& who, read_cycle::look look);
  void submit(read& place, lane& who, read_cycle::look look);
  static outcome finish(read& done);
  void on_read(const outcome& done, const resp::value& value, const buffer_ref& bytes);
  void on_error(const outcome& done, const error& why);
  void leave_to_successor(const outcome& done);
  bool is_here(const lane* who) const noexcept;
  void tell_failure(const error& why, clock::duration pause);
  void on_reader_given_up(const outcome& done);
  void tell_empty_look(std::uint64_t look);
  read_cycle::style style_here() const;
  void open_reader();
  void give_up_reader() noexcept;
  void ask_for_link();
  connection& reader() noexcept { return own_reader_ ? *own_reader_ : link_; }

  void on_ring() override;
  void on_link_ready() override;
  void on_link_lost() override;
  void on_link_closed() override { give_up_reader(); }
  void on_reader_ready();
  void on_reader_lost();
  void on_time() override;

  static constexpr std::uint32_t reads_at_once = 2;

  connection& link_;
  std::string stream_, group_;
  source_settings settings_;
  read_cycle cycle_;
  std::vector<lane*> lanes_;
  boost::container::deque<lane*> line_;
  std::shared_ptr<connection> own_reader_;  // for blocking reads
  std::unique_ptr<reader_watch> watch_;
  std::array<read, reads_at_once> reads_;
  std::set<std::string> unclaimed_;  // members whose backlog has grown unseen
  std::uint64_t looks_ = 0;
  bool checking_ = false;  // somebody wants an answer and no waiting
};

}  // namespace sluice
