// What carries messages to listeners.
#pragma once

#include "app/envelope.hpp"
#include "app/kept_message.hpp"

#include "sluice/app/listener_options.hpp"
#include "sluice/core/error.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace sluice {

/// A message that a main stream hands out. An envelope converts to it.
class arrival {
 public:
  /// `cancel` cancels the coroutine that runs the handler of this very message; where it is empty,
  /// the handler gets a coroutine of its own.
  arrival(envelope what, std::function<void()> cancel = nullptr)
      : what_(std::move(what)), cancel_(std::move(cancel)) {}

  const envelope& what() const noexcept { return what_; }
  envelope take() { return std::move(what_); }
  const std::function<void()>& cancel() const noexcept { return cancel_; }

 private:
  envelope what_;
  std::function<void()> cancel_;
};

/// Works on one message. When it returns, the message is done with; when it throws, it has failed
/// for good.
using envelope_handler = std::function<boost::asio::awaitable<void>(arrival)>;

/// The messages of one topic, handed to one group of listeners.
class reception {
 public:
  virtual ~reception() = default;
  /// Hands out messages until it is stopped, and has drained.
  virtual boost::asio::awaitable<void> run() = 0;
  virtual void stop() noexcept = 0;
  /// Hands out so many at once from now on, ≥ 1. Those that are out come to their end.
  virtual void concurrency(std::size_t messages) { static_cast<void>(messages); }
  /// How many messages wait to be taken; empty where that is not known.
  virtual boost::asio::awaitable<std::optional<std::uint64_t>> backlog() {
    co_return std::optional<std::uint64_t>();
  }
};

/// Told once: null when the message is stored.
using sent_handler = std::function<void(const error* failure)>;

/// One of several carriers that an app can be given; hence a base class.
class main_stream {
 public:
  virtual ~main_stream() = default;
  /// Sends at once what it can and never waits. Throws `error` with `errc::overloaded` when too
  /// much is on its way, `errc::invalid_argument` for what cannot be sent.
  virtual void send(const std::string& topic, const envelope& what, sent_handler done) = 0;
  virtual std::unique_ptr<reception> receive(const std::string& topic, const std::string& group,
                                             const listener_options& how,
                                             envelope_handler work) = 0;
  /// What a script on the server has to store, so that sending is one step with whatever it goes
  /// with. By default it cannot: then a message is sent, and crossed out afterwards. Throws as
  /// `send`.
  virtual kept_message keep(const std::string& topic, const envelope& what) const {
    auto words = envelope_words(what);
    if (!what.key.empty()) words.insert(words.end(), {"key", what.key});
    return {"topic", topic, std::move(words)};
  }
  /// Where messages that are not due yet are kept: the name of a key, and the beginning of that of
  /// others. All who look there must be able to send what they find.
  virtual std::string waiting_place() const { return "sluice:delayed"; }
};

}  // namespace sluice
