// Services that send each other messages, and answer them.
#pragma once

#include "sluice/app/app_options.hpp"
#include "sluice/app/arguments.hpp"
#include "sluice/app/duty.hpp"
#include "sluice/app/extension.hpp"
#include "sluice/app/feedback_lane.hpp"
#include "sluice/app/listener_options.hpp"
#include "sluice/app/read_as.hpp"
#include "sluice/app/router.hpp"
#include "sluice/app/schedule.hpp"
#include "sluice/app/send_options.hpp"
#include "sluice/app/streams_string.hpp"
#include "sluice/core/write_form.hpp"
#include "sluice/redis/client.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>

#include <concepts>
#include <cstddef>
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
  app(client redis, std::string name, app_options how = app_options());
  /// An app that makes its own connections; see `streams_string`. Nothing is sent yet.
  ///
  /// Throws `error` with `errc::invalid_url`; with `errc::invalid_argument` for an empty name, or
  /// where the string names Kafka before `kafka::enable()` was called.
  app(boost::asio::any_io_executor executor, std::string_view streams, std::string name,
      app_options how = app_options());
  /// The same with a string that was read before.
  ///
  /// Throws `error` with `errc::invalid_argument` as above.
  app(boost::asio::any_io_executor executor, const streams_string& streams, std::string name,
      app_options how = app_options());
  app(app&&) noexcept;
  app& operator=(app&&) noexcept;
  ~app();

  /// Listens to a topic from `run()` on. Several listeners of a topic each get each message.
  ///
  /// `handler` is a coroutine or a plain function. It takes a `request&`, or the message as a value
  /// of a type that `form_reader` reads, such as a described struct, or first the one and then the
  /// other, or nothing. What it returns, unless that is `void`, is the answer. A message that does
  /// not fit is an `unfit_message`.
  ///
  /// It may be an object as well, or a `std::shared_ptr` to one, with such a function `consume`, of
  /// which there is one only, and perhaps a `flush()`, a coroutine or a plain function, for what it
  /// gathers. There is one object in an app; it lives until `run()` has returned and the app is
  /// gone. `flush` is called every `listener_options::flush_every`, and after the last message;
  /// never beside itself, but also while a `consume` waits. What it throws is told by the event
  /// `flush_failed`, and thrown by `run()` if it was the last one.
  ///
  /// Throws `error` with `errc::invalid_argument` for an empty topic, or while it runs.
  template <class Handler>
  app& listen(std::string topic, Handler handler, listener_options how = listener_options()) {
    return add(std::move(topic), make_duty<0>(std::move(handler), {}, how.unknown()),
               std::move(how));
  }
  /// The same of a handler that takes chosen fields of the message, perhaps after a `request&`.
  ///
  /// Throws `error` with `errc::invalid_argument` for an empty topic, or while it runs.
  template <std::size_t count, class Handler>
  app& listen(std::string topic, const arguments<count>& names, Handler handler,
              listener_options how = listener_options()) {
    return add(std::move(topic), make_duty<count>(std::move(handler), names.names(), how.unknown()),
               std::move(how));
  }
  /// Listens by all listeners of a router, with `prefix` before their topics.
  ///
  /// Throws `error` with `errc::invalid_argument` while it runs.
  app& include(const router& listeners, std::string_view prefix = {});

  /// Tells an extension what the app does, from `run()` on; in the order in which they were added.
  ///
  /// Throws `error` with `errc::invalid_argument` for null, or while it runs.
  app& extend(std::shared_ptr<extension> what);
  /// The same of one that is moved in, and is the app's alone.
  ///
  /// Throws `error` with `errc::invalid_argument` while it runs.
  template <std::derived_from<extension> Extension>
  app& extend(Extension what) {
    return extend(std::shared_ptr<extension>(std::make_shared<Extension>(std::move(what))));
  }

  /// Sends a message. It is queued at once and leaves with what else is sent in this turn.
  ///
  /// Throws `error` with `errc::invalid_argument` for NaN, infinities and text that is no UTF-8,
  /// `errc::overloaded` when too much is on its way, `errc::closed`.
  feedback_lane send(std::string_view topic, boost::json::value what,
                     send_options how = send_options());
  /// The same of a described struct, or another type that `write_form` takes.
  ///
  /// Throws as above.
  template <unlike_json T>
  feedback_lane send(std::string_view topic, const T& what, send_options how = send_options()) {
    return send(topic, write_form(what), std::move(how));
  }

  /// Goes on with a conversation that was begun elsewhere, from the id of its lane; it may be
  /// streamback's name for it (`streamback_feedback_…`). What has not been read there is read here.
  /// Only answers that come by a list can be followed so; see `send_options::resumable`.
  ///
  /// Throws `error` with `errc::invalid_argument` for an id of any other kind, `errc::closed`.
  feedback_lane continue_lane(std::string id);

  /// Takes back a message that was sent with `send_options::after` or `at`, by the id of its lane;
  /// in any process. Returns false where it was delivered already, or never sent.
  ///
  /// Errors: those of `client::exec`: `outcome_unknown` when the link broke after sending.
  /// Cancellation: the message may be taken back nevertheless.
  /// Cost: one round trip (`EVALSHA`).
  boost::asio::awaitable<bool> cancel_scheduled(std::string id);

  /// Sends a message again and again, once for all processes that have a schedule of that name in
  /// this app, while one of them runs; see `schedule`. The server remembers it: what is different
  /// here takes effect in all of them, from now on.
  ///
  /// Throws `error` with `errc::invalid_argument` for one without a topic, with a value that is no
  /// JSON, or with the name of another one.
  app& schedule(sluice::schedule what);
  /// Ends a schedule in all processes, and forgets it, until one begins it anew. Returns false for
  /// one that nobody knows.
  ///
  /// Errors: those of `client::exec`.
  /// Cancellation: it may be ended nevertheless.
  /// Cost: one round trip (`EVALSHA`).
  boost::asio::awaitable<bool> unschedule(std::string name);

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
  app& add(std::string topic, duty what, listener_options how);

  std::shared_ptr<class app_core> core_;
};

}  // namespace sluice
