// The schedules of an app in this process.
#pragma once

#include "app/ticker.hpp"

#include "sluice/redis/client.hpp"

#include <boost/asio/awaitable.hpp>

#include <map>
#include <memory>
#include <string>

namespace sluice {

/// They run while the app does.
class schedule_desk final {
 public:
  schedule_desk(const client& redis, std::string app, std::shared_ptr<main_stream> main);

  /// Throws `error` with `errc::invalid_argument`.
  void add(schedule what);
  boost::asio::awaitable<bool> remove(std::string name);
  void start();
  void stop() noexcept;

 private:
  std::shared_ptr<connection> link_;
  std::shared_ptr<schedule_store> store_;
  std::shared_ptr<main_stream> main_;
  std::map<std::string, std::shared_ptr<ticker>> tickers_;
  bool runs_ = false;
};

}  // namespace sluice
