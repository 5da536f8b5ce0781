// Services that send each other messages, and answer them.
#pragma once

#include "sluice/app/carrier.hpp"
#include "sluice/app/feedback_lane.hpp"
#include "sluice/app/handler.hpp"
#include "sluice/app/listener_options.hpp"
#include "sluice/app/send_options.hpp"
#include "sluice/redis/client.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {

/// A service: it listens to topics, and sends messages to those who do. All processes of an app
/// share its messages; each message goes to every listener of the topic in one of them. Other apps
/// get it as well.
///
/// @code
/// sluice::app billing(redis, "billing");
/// billing.listen("charge", [](sluice::request& what) { what.respond({{"ok", true}}); });
/// co_await billing.run();
/// @endcode
///
/// Thread rule: used on the client's executor.
/// Lifetime: `run()` and lanes keep what they need alive. Destroying the app stops it as `stop`
/// does.
class app {
 public:
  /// An app of that name, which is the name of its group.
  ///
  /// Throws `error` with `errc::invalid_argument` for an empty name.
  app(client redis, std::string name);
  /// The same, whose messages travel by another carrier; answers come over Redis.
  ///
  /// Throws `error` with `errc::invalid_argument` for an empty name, and what the carrier throws.
  app(client redis, carrier main, std::string name);
  app(app&&) noexcept;
  app& operator=(app&&) noexcept;
  ~app();

  /// Listens to a topic from `run()` on. `handler` is a coroutine or a plain function; see
  /// `make_handler`. Several listeners of a topic each get each message.
  ///
  /// Throws `error` with `errc::invalid_argument` for an empty topic, or while it runs.
  template <class Handler>
  app& listen(std::string topic, Handler handler, listener_options how = listener_options()) {
    add(std::move(topic), make_handler(std::move(handler)), std::move(how));
    return *this;
  }

  /// Sends a message. It is queued at once and leaves with what else is sent in this turn.
  ///
  /// Throws `error` with `errc::invalid_argument` for NaN, infinities and text that is no UTF-8,
  /// `errc::overloaded` when too much is on its way, `errc::closed`.
  feedback_lane send(std::string_view topic, boost::json::value what,
                     send_options how = send_options());

  /// Hands messages to the listeners until it is stopped; may be called once. When it returns, no
  /// handler runs and every answer has left.
  ///
  /// Errors: what `worker::run` throws of the first topic that fails; the others are stopped.
  /// Cancellation: as `stop()`; it ends when drained, without an error.
  /// Cost: that of a worker a topic.
  boost::asio::awaitable<void> run();
  /// Takes no new messages, lets the handlers that run finish, up to `drain_within`, then cancels
  /// them.
  void stop() noexcept;

  /// Its name.
  const std::string& name() const noexcept;

 private:
  void add(std::string topic, request_handler handler, listener_options how);

  std::shared_ptr<class app_core> core_;
};

}  // namespace sluice
