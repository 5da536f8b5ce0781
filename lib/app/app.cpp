#include "sluice/app/app.hpp"

#include "app/app_core.hpp"

#include <utility>

namespace sluice {

app::app(client redis, std::string name)
    : core_(std::make_shared<app_core>(std::move(redis), std::move(name))) {}
app::app(client redis, carrier main, std::string name)
    : core_(std::make_shared<app_core>(std::move(redis), std::move(name), &main)) {}
app::app(app&&) noexcept = default;
app& app::operator=(app&& other) noexcept {
  if (this != &other) {
    stop();
    core_ = std::move(other.core_);
  }
  return *this;
}
app::~app() { stop(); }

void app::add(std::string topic, request_handler handler, listener_options how) {
  core_->listen(std::move(topic), std::move(handler), std::move(how));
}

feedback_lane app::send(std::string_view topic, boost::json::value what, send_options how) {
  return core_->send(topic, std::move(what), std::move(how));
}

boost::asio::awaitable<void> app::run() { return app_core::run(core_); }

void app::stop() noexcept {
  if (core_) core_->stop();
}

const std::string& app::name() const noexcept { return core_->name(); }

}  // namespace sluice
