// A process says that it runs, and what it does.
#pragma once

#include "redis/connection.hpp"

#include "sluice/app/services.hpp"

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
  /// `what` gives what has been done so far.
  announcement(std::shared_ptr<connection> link, std::function<service_info()> what);
  ~announcement();

  void begin();
  /// It runs no longer.
  void end() noexcept;

 private:
  void tell();
  void on_link_ready() override { tell(); }
  void on_time() override { tell(); }

  std::shared_ptr<connection> link_;
  std::function<service_info()> what_;
  std::string instance_;
  bool telling_ = false;
  bool ended_ = true;
};

}  // namespace sluice
