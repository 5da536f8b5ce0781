// One message while it is worked on here.
#pragma once

#include "app/answer_line.hpp"
#include "app/call_signal.hpp"
#include "app/envelope.hpp"
#include "app/main_stream.hpp"

#include "sluice/app/request.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace sluice {

/// What all listeners of the topic share of it.
class service_call final : public std::enable_shared_from_this<service_call>, private timed {
 public:
  static std::shared_ptr<service_call> make(std::shared_ptr<connection> link, std::string topic,
                                            arrival what, std::shared_ptr<answer_line> answers);

  const std::string& topic() const noexcept { return topic_; }
  const envelope& what() const noexcept { return what_; }
  std::int64_t attempt() const noexcept { return attempt_; }
  const std::shared_ptr<answer_line>& answers() const noexcept { return answers_; }
  ~service_call();
  std::optional<std::chrono::milliseconds> time_left() const;

  /// Nobody wants it done any more, for a reason that its listeners hear.
  void revoke(const error& why);
  /// The one who asked says something.
  void on_signal(const call_signal& what);
  /// Calls `tell` if it is revoked while no listener runs.
  void when_revoked(std::function<void()> tell) { on_revoked_ = std::move(tell); }
  const std::optional<error>& revoked() const noexcept { return revoked_; }

  /// One run of a listener. Throws what the listener throws; why it was revoked, if it was.
  static boost::asio::awaitable<void> attempt(std::shared_ptr<service_call> self,
                                              const request_handler& listener, std::int64_t number);

 private:
  service_call(std::shared_ptr<connection> link, std::string topic, arrival what);
  static boost::asio::awaitable<void> run_apart(std::shared_ptr<service_call> self,
                                                const request_handler& listener);
  void begin(std::shared_ptr<answer_line> answers);
  void revoke_soon(const error& why);
  void on_time() override;

  std::shared_ptr<connection> link_;
  std::string topic_;
  envelope what_;
  std::shared_ptr<answer_line> answers_;
  std::int64_t attempt_ = 0;
  std::function<void()> canceller_;  // of the coroutine that hands it out
  boost::asio::cancellation_signal cancel_;
  bool running_ = false;
  std::function<void()> on_revoked_;
  std::optional<error> revoked_;
};

}  // namespace sluice
