#include "sluice/app/running_app.hpp"

#include "app/app_core.hpp"

namespace sluice {

std::string running_app::name() const {
  const auto core = which_.lock();
  return core ? core->name() : std::string();
}

boost::asio::any_io_executor running_app::get_executor() const {
  const auto core = which_.lock();
  return core ? core->executor() : boost::asio::any_io_executor();
}

std::chrono::milliseconds running_app::age() const {
  const auto core = which_.lock();
  return core ? core->age() : std::chrono::milliseconds(0);
}

void running_app::stop() const noexcept {
  if (const auto core = which_.lock()) core->stop();
}

}  // namespace sluice
