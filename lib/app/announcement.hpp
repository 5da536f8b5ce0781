// A process says that it runs, and what it does.
#pragma once

#include "redis/connection.hpp"

#include "sluice/app/services.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <string>

namespace sluice {

/// Tells it again every few seconds; it is forgotten by those who ask when it has not for a while.
/// A failure is nothing but a service that is not listed for that time.
class announcement final : public std::enable_shared_from_this<announcement>,
                           private link_observer,
                           private timed {
 public:
  /// Finds out what there is to tell, on the connection's executor.
  using teller = std::function<boost::asio::awaitable<service_info>()>;

  announcement(std::shared_ptr<connection> link, teller what);
  ~announcement();

  void begin();
  /// It runs no longer.
  void end() noexcept;

 private:
  void tell();
  void store(const service_info& what);
  void on_link_ready() override { tell(); }
  void on_time() override { tell(); }

  std::shared_ptr<connection> link_;
  teller what_;
  std::string instance_;
  bool telling_ = false;
  bool ended_ = true;
};

}  // namespace sluice
