// One message while it is worked on here.
#pragma once

#include "app/answer_line.hpp"
#include "app/envelope.hpp"

#include "sluice/app/request.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace sluice {

/// What all listeners of the topic share of it.
class service_call final : public std::enable_shared_from_this<service_call> {
 public:
  static std::shared_ptr<service_call> make(std::shared_ptr<connection> link, std::string topic,
                                            envelope what, std::shared_ptr<answer_line> answers);

  const std::string& topic() const noexcept { return topic_; }
  const envelope& what() const noexcept { return what_; }
  std::int64_t attempt() const noexcept { return attempt_; }
  const std::shared_ptr<answer_line>& answers() const noexcept { return answers_; }
  connection& link() const noexcept { return *link_; }
  std::optional<std::chrono::milliseconds> time_left() const;

  /// Nobody wants it done any more, for a reason that its listeners hear.
  void revoke(const error& why);
  const std::optional<error>& revoked() const noexcept { return revoked_; }

  /// One run of a listener. Throws what the listener throws; why it was revoked, if it was.
  static boost::asio::awaitable<void> attempt(std::shared_ptr<service_call> self,
                                              const request_handler& listener, std::int64_t number);

 private:
  service_call(std::shared_ptr<connection> link, std::string topic, envelope what,
               std::shared_ptr<answer_line> answers);

  std::shared_ptr<connection> link_;
  std::string topic_;
  envelope what_;
  std::shared_ptr<answer_line> answers_;
  std::int64_t attempt_ = 0;
  boost::asio::cancellation_signal cancel_;
  std::optional<error> revoked_;
};

}  // namespace sluice
