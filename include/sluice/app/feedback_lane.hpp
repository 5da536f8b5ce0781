// The sender's end of a conversation.
#pragma once

#include "sluice/core/unknown_fields.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace sluice {

/// What `app::send` gives: how the message fared, and what listeners answer.
///
/// @code
/// auto lane = billing.send("charge", {{"customer", "c-17"}, {"total", 1250}});
/// auto receipt = co_await lane.read(10s);
/// @endcode
///
/// Destroyed in the same turn, before its message left, it says that nobody listens: then no answer
/// is sent. Destroyed later it only stops listening; to stop the work as well, `cancel()`.
///
/// Thread rule: used on the client's executor.
/// Lifetime: operations in progress keep what they need alive.
class feedback_lane {
 public:
  feedback_lane(feedback_lane&&) noexcept;
  feedback_lane& operator=(feedback_lane&&) noexcept;
  ~feedback_lane();

  /// What names the conversation. Where its answers come by a list, `app::continue_lane` goes on
  /// with it, in any process; see `send_options::resumable`.
  const std::string& id() const noexcept;

  /// Waits until the message is stored.
  ///
  /// Errors: those of `producer::add`: `outcome_unknown` when the link broke after sending.
  /// Cancellation: stops the waiting only. Cost: one round trip, shared with its neighbours.
  boost::asio::awaitable<void> sent();

  /// Takes back a message that was sent with `send_options::after` or `at`. Returns false where it
  /// was delivered already. Reads then end with `cancelled`.
  ///
  /// Errors: what `sent()` throws; `outcome_unknown` when the link broke after sending.
  /// Cancellation: the message may be taken back nevertheless.
  /// Cost: one round trip (`EVALSHA`), after that of the message.
  boost::asio::awaitable<bool> cancel_delivery();

  /// The next answer. Empty once the listeners are done; a read after that says so at once.
  ///
  /// Errors: `feedback_timeout` when nothing came within `limit`; `feedback_error` when a listener
  /// failed, with its words as the server's text; `feedback_lost` when the server lost answers;
  /// what `sent()` throws; `closed`.
  /// Cancellation: loses no answer.
  /// Cost: none of its own.
  boost::asio::awaitable<std::optional<boost::json::value>> read(std::chrono::milliseconds limit);
  /// The same of one group; what others answer stays for whoever reads it.
  ///
  /// Errors, cancellation and cost: as above.
  boost::asio::awaitable<std::optional<boost::json::value>> read(std::chrono::milliseconds limit,
                                                                 std::string from);
  /// The next answer without a limit of time, for loops over a stream of answers.
  ///
  /// Errors, cancellation and cost: as above.
  boost::asio::awaitable<std::optional<boost::json::value>> next();
  /// The same of one group.
  ///
  /// Errors, cancellation and cost: as above.
  boost::asio::awaitable<std::optional<boost::json::value>> next(std::string from);

  /// As `read`, with the answer as a value of any type that `form_reader` reads. Its definition is
  /// in `sluice/app/read_as.hpp`, which `app.hpp` includes.
  ///
  /// Errors: those of `read`; `malformed_message` with every flaw by its path. The answer is gone
  /// then. Cancellation and cost: as of `read`.
  template <class T, unknown_fields policy = unknown_fields::refuse>
  boost::asio::awaitable<std::optional<T>> read_as(std::chrono::milliseconds limit,
                                                   std::string from = std::string());
  /// As `next`, with the answer as such a value.
  ///
  /// Errors, cancellation and cost: as above.
  template <class T, unknown_fields policy = unknown_fields::refuse>
  boost::asio::awaitable<std::optional<T>> next_as(std::string from = std::string());

  /// Asks the listeners to stop working on the message: their handlers are cancelled, and where it
  /// has not come yet it is not begun. Then the conversation ends with `feedback_error`. Nobody
  /// says whether somebody heard; to be sure that work ends give a message `send_options::within`.
  /// Of a message that is sent in this turn nothing can be cancelled yet.
  ///
  /// Cost: none of its own (`PUBLISH`).
  void cancel();

 private:
  friend class app_core;
  struct handle;

  explicit feedback_lane(std::unique_ptr<handle> held) noexcept;

  std::unique_ptr<handle> handle_;
};

}  // namespace sluice
