// Pending entries that nobody works on, and the members here that could.
#pragma once

#include "group/ownership.hpp"
#include "redis/connection.hpp"
#include "redis/script_call.hpp"

#include "sluice/resp/value.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sluice {

/// Somebody who takes released entries.
class released_taker {
 public:
  /// How many to take now; 0 for none.
  virtual std::size_t wants_released() const noexcept = 0;
  virtual const std::string& taker_name() const noexcept = 0;
  /// What keeps the taker alive while an answer is under way.
  virtual std::shared_ptr<void> keep_taker() = 0;
  /// They were taken and are its own: entries as `ownership::take` answers, and ids whose payload
  /// is deleted.
  virtual void on_taken(const resp::value& entries, const resp::value& gone,
                        const buffer_ref& bytes) = 0;
  /// Another one on this connection took them. Who still has them in hand has lost them before, and
  /// not heard of it.
  virtual void on_lost(const std::vector<std::string>& ids) = 0;
  /// Some may have been taken, and the answer was lost.
  virtual void on_taking_lost() = 0;

 protected:
  ~released_taker() = default;
};

/// The released set of one stream and group, watched for all members on this connection: its key is
/// a doorbell like the stream's own, and a timer rings when the next entry is due.
class released_entries final : public std::enable_shared_from_this<released_entries>,
                               private doorbell_listener,
                               private link_observer,
                               private timed {
 public:
  static std::shared_ptr<released_entries> shared(connection& link, const group_place& at,
                                                  clock::duration recheck);
  /// Something was put there from this process: members here need not wait for the bell.
  static void tell_change(connection& link, const group_place& at);
  ~released_entries();

  void join(released_taker& who);
  void leave(released_taker& who) noexcept;
  /// Whether there may be entries to take at this moment.
  bool due() const noexcept { return due_; }
  /// A member may want entries; it is served when there are some, in turn.
  void want();
  /// It may have changed.
  void look();

 private:
  class peeked;

  released_entries(connection& link, group_place at, clock::duration recheck);
  void open();
  void peek();
  void on_peeked(std::int64_t server_now, double next_due);
  void on_peek_failed(const error& why);
  void take();
  void on_taken(released_taker& who, const script_outcome& what);
  void tell_others(const released_taker& who, const resp::value& entries) const;
  void know_next(std::int64_t server_now, double next_due);
  void tell(const error& why);

  void on_ring() override { look(); }
  void on_link_ready() override;
  void on_time() override;

  connection& link_;
  group_place at_;
  clock::duration recheck_;
  std::vector<released_taker*> takers_;  // whose turn it is stands first
  bool due_ = false;
  bool peeking_ = false;
  bool dirty_ = false;  // it changed while it was looked at
  bool taking_ = false;
  bool told_ = false;
};

}  // namespace sluice
