// What carries messages to listeners.
#pragma once

#include "app/envelope.hpp"

#include "sluice/app/listener_options.hpp"
#include "sluice/core/error.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sluice {

/// Works on one message. When it returns, the message is done with; when it throws, it has failed
/// for good.
using envelope_handler = std::function<boost::asio::awaitable<void>(envelope)>;

/// The messages of one topic, handed to one group of listeners.
class reception {
 public:
  virtual ~reception() = default;
  /// Hands out messages until it is stopped, and has drained.
  virtual boost::asio::awaitable<void> run() = 0;
  virtual void stop() noexcept = 0;
  /// How many messages its group has yet to be done with, of those that this process may get. Empty
  /// where nobody knows.
  virtual std::optional<std::int64_t> lag() const { return std::nullopt; }
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
};

}  // namespace sluice
