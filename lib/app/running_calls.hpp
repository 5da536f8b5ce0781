// The messages that are worked on in this process, and the signals about them.
#pragma once

#include "app/call_signal.hpp"
#include "app/service_call.hpp"

#include "sluice/redis/client.hpp"
#include "sluice/redis/subscription.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace sluice {

/// Listens to the channels of the topics. A message that was cancelled before it came is known when
/// it comes, for a while.
class running_calls final : public std::enable_shared_from_this<running_calls> {
 public:
  explicit running_calls(client redis) : redis_(std::move(redis)) {}

  void listen(const std::vector<std::string>& channels);
  void end() noexcept;

  /// False when it was cancelled before it came.
  bool admit(const std::shared_ptr<service_call>& which);
  void dismiss(const service_call& which) noexcept;
  std::size_t count() const noexcept { return running_.size(); }

 private:
  void on_signal(const call_signal& what);
  void remember(const std::string& id);
  static boost::asio::awaitable<void> hear(std::weak_ptr<running_calls> whose,
                                           std::shared_ptr<subscription> from);

  client redis_;
  std::shared_ptr<subscription> signals_;
  // A message sent to it twice, or claimed back, may run here twice.
  std::multimap<std::string, std::weak_ptr<service_call>, std::less<>> running_;
  std::set<std::string, std::less<>> cancelled_;
  std::deque<std::string> in_order_;
};

}  // namespace sluice
