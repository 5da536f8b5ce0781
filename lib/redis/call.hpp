// One request of one coroutine, living in the coroutine's frame.
#pragma once

#include "redis/connection.hpp"

#include "sluice/redis/reply.hpp"

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

namespace sluice {

/// Usage, in a coroutine:
///
///     call operation(link);
///     if (operation.must_wait_for_room(bytes)) co_await operation.wait();
///     operation.start(...);
///     if (operation.pending()) co_await operation.wait();
///     operation.check(...);    // throws what went wrong
///
/// Destroyed while it waits, it abandons the request; the reply is still consumed in its place.
class call final : public waiter, public reply_sink, public timed {
 public:
  call(connection& link, std::chrono::milliseconds timeout);
  ~call();

  /// Joins the line when the in-flight bounds are reached or others stand in it.
  bool must_wait_for_room(std::size_t bytes);
  /// Sends, unless the wait for room ended with a failure. A call that was answered may be started
  /// again, within the same deadline.
  void start(std::string_view frames, std::uint32_t replies, risk when_cut);
  bool pending() const noexcept { return pending_; }
  /// Throws what kept the replies from coming, with the command's name.
  void check_delivery(std::string_view command_name) const;
  /// The same, and the server's error in the last reply.
  void check(std::string_view command_name) const;
  /// The last reply.
  reply take() { return std::move(last_); }
  /// One of the replies, for requests of several commands.
  const reply& reply_at(std::size_t index) const noexcept {
    return index < earlier_.size() ? earlier_[index] : last_;
  }

 private:
  void on_reply(const resp::value& value, const buffer_ref& bytes) override;
  void on_failure(const error& why) override;
  void on_repeated() noexcept override;
  void on_time() override;
  void on_cancel() noexcept override;
  void on_ready() noexcept override { link_.schedule_turn(); }
  void finish();

  connection& link_;
  clock::time_point deadline_;
  engine::ticket ticket_ = 0;
  std::uint32_t expected_ = 1;
  bool pending_ = false;
  bool in_line_ = false;
  bool sent_before_ = false;    // and what came of that is not known
  std::vector<reply> earlier_;  // all but the last: most requests have one reply
  reply last_;
  std::optional<error> failure_;
};

/// What the server refuses in the end, it may have done when it was asked first.
inline constexpr std::string_view sent_on_a_broken_link =
    "it was sent on a link that broke, too, so it may have been executed";

/// The error that a server's error reply stands for.
error server_error(const resp::value& value, std::string_view command_name);

}  // namespace sluice
