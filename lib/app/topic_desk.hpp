// The listeners of one topic, and what becomes of a message in their hands.
#pragma once

#include "app/extensions.hpp"
#include "app/main_stream.hpp"
#include "app/running_calls.hpp"
#include "app/service_call.hpp"

#include "sluice/app/listener_options.hpp"
#include "sluice/app/request.hpp"
#include "sluice/app/services.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <vector>

namespace sluice {

/// Every listener gets every message, one after the other; one that fails keeps it from nobody.
/// When all are done the sender hears so, and the message has failed where one of them has.
class topic_desk final : public std::enable_shared_from_this<topic_desk> {
 public:
  /// `answers` is the connection that answers leave by; `group` is who gives them.
  topic_desk(std::shared_ptr<connection> link, std::shared_ptr<connection> answers,
             std::shared_ptr<running_calls> calls, std::shared_ptr<extensions> watchers,
             std::string topic, std::string group);

  const topic_statistics& statistics() const noexcept { return done_; }
  void add(request_handler handler, listener_options how);
  /// For all listeners together: the greatest concurrency, the longest times.
  const listener_options& how() const noexcept { return how_; }
  /// So many messages may be in the hands of listeners from now on.
  void on_concurrency(std::size_t messages) noexcept { done_.concurrency = messages; }

  static boost::asio::awaitable<void> handle(std::shared_ptr<topic_desk> self, arrival what);

 private:
  class visit;
  struct listener {
    request_handler handler;
    retry_policy retry;
  };

  /// What it failed of in the end; null if it did not.
  boost::asio::awaitable<std::exception_ptr> serve(const listener& by,
                                                   std::shared_ptr<service_call> which);
  /// The same while the extensions watch.
  boost::asio::awaitable<std::exception_ptr> serve_watched(std::size_t number,
                                                           std::shared_ptr<service_call> which);
  boost::asio::awaitable<void> rest(std::chrono::milliseconds time,
                                    std::shared_ptr<service_call> which);

  boost::asio::awaitable<std::exception_ptr> serve_all(std::shared_ptr<service_call> which);

  std::shared_ptr<connection> link_, answers_;
  std::shared_ptr<running_calls> calls_;
  std::shared_ptr<extensions> watchers_;
  std::string group_;
  listener_options how_;
  topic_statistics done_;
  std::vector<std::shared_ptr<const listener>> listeners_;
};

}  // namespace sluice
