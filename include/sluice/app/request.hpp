// A message in the hands of a listener.
#pragma once

#include "sluice/core/write_form.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sluice {

/// What a listener works on, and how it answers.
///
/// @code
/// billing.listen("charge", [](sluice::request& what) -> asio::awaitable<void> {
///   auto receipt = co_await charge(what.value());
///   what.respond({{"receipt", receipt}});
/// });
/// @endcode
///
/// Thread rule: used on the client's executor. Copies are the same request.
class request {
 public:
  /// Made by apps.
  explicit request(std::shared_ptr<class service_call> call) : call_(std::move(call)) {}

  /// The topic it came by, without prefix.
  const std::string& topic() const noexcept;
  /// What was sent.
  const boost::json::value& value() const noexcept;
  /// What names the conversation; the id of the sender's lane.
  const std::string& id() const noexcept;
  /// The name of the app that sent it; may be empty.
  const std::string& source_group() const noexcept;
  /// Where it belongs in a trace (W3C Trace Context), as it came; may be empty.
  const std::string& traceparent() const noexcept;
  /// Which attempt of this listener at this message it is, from 1.
  std::int64_t attempt() const noexcept;
  /// How long its sender will still wait, ≥ 0; empty where it did not say.
  std::optional<std::chrono::milliseconds> time_left() const;
  /// Whether somebody waits for answers. Where nobody does, answers go nowhere, and cost nothing.
  bool answerable() const noexcept;

  /// Answers. It is queued at once and leaves with what else is sent in this turn; as often as
  /// wanted. What is answered has left, or been refused by the server, when the app has drained.
  ///
  /// Throws `error` with `errc::invalid_argument` for NaN, infinities and text that is no UTF-8,
  /// `errc::overloaded` when thousands of answers are on their way: await `room()` between them.
  void respond(const boost::json::value& answer);
  /// The same of a described struct, or another type that `write_form` takes.
  ///
  /// Throws as above.
  template <unlike_json T>
  void respond(const T& answer) {
    respond(write_form(answer));
  }
  /// Answers for the last time: the answer leaves together with the end of the conversation, once
  /// the listener is done. What a listener returns is answered so. Where other listeners follow, it
  /// is an answer as any other.
  ///
  /// Throws as `respond`.
  void respond_last(const boost::json::value& answer);
  /// The same of a described struct, or another type that `write_form` takes.
  ///
  /// Throws as `respond`.
  template <unlike_json T>
  void respond_last(const T& answer) {
    respond_last(write_form(answer));
  }
  /// Waits until few answers are on their way: the pace at which many can be given. Where they go
  /// by a list it also waits until few lie there unread; after 290 s in which nobody reads any the
  /// one who asked is taken for gone.
  ///
  /// Errors: `cancelled`. Cancellation: stops the waiting only. Cost: the round trip under way;
  /// with a full list `LLEN` twice a second or more often.
  boost::asio::awaitable<void> room();

 private:
  std::shared_ptr<class service_call> call_;
};

/// Works on a request. When it returns, the listener is done; when it throws, the listener's retry
/// policy decides. Its cancellation slot is used when the one who asked is gone or has changed its
/// mind, when its time is over, when the message is lost to another member, and when the app's time
/// to drain is over.
using request_handler = std::function<boost::asio::awaitable<void>(request&)>;

}  // namespace sluice
