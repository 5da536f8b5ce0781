// Writes to one channel, in the order in which they were asked for.
#pragma once

#include "redis/connection.hpp"
#include "redis/waiter.hpp"

#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// Somebody works on it from its first message to its last. One step is under way at a time; what
/// is asked for meanwhile leaves together, as the next. So nobody overtakes anybody, also where a
/// lock is waited for.
class write_lane {
 public:
  class visit;

  bool empty() const noexcept { return line_.empty(); }
  /// Moves those in front into the next step, as many as one may hold.
  void begin_step();
  /// The messages of the step, as JSON, behind what is there.
  void append_data(std::vector<std::string>& to) const;
  /// Until when the first one of the step has patience with locks.
  clock::time_point patience() const noexcept;
  /// The messages are stored, from this number on.
  void finish_step(std::uint64_t first);
  void fail_step(const std::exception_ptr& why);
  /// Those whose patience is over fail; the others go to the front again.
  void fail_the_impatient(clock::time_point now, const std::exception_ptr& why);

 private:
  // Those that are not waited for any more are null: their messages leave all the same.
  struct message {
    visit* who;
    std::string data;
    clock::time_point patience;
  };

  std::deque<message> line_;
  std::vector<message> step_;
};

/// One write that waits, in its coroutine's frame.
class write_lane::visit final : public waiter {
 public:
  visit(connection& link, std::shared_ptr<write_lane> lane, std::string data,
        clock::time_point patience);
  ~visit();

  bool pending() const noexcept { return !number_ && failure_ == nullptr; }
  /// The message's number. Throws what kept it from being stored, or a cancellation.
  std::uint64_t take() const;

 private:
  friend class write_lane;
  void on_ready() noexcept override { link_.schedule_turn(); }

  connection& link_;
  std::shared_ptr<write_lane> lane_;
  std::optional<std::uint64_t> number_;
  std::exception_ptr failure_;
};

}  // namespace sluice
