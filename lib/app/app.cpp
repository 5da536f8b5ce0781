#include "sluice/app/app.hpp"

#include "app/app_core.hpp"

#include <utility>

namespace sluice {

app::app(client redis, std::string name, app_options how)
    : core_(std::make_shared<app_core>(app_setup(std::move(redis), std::move(name), how))) {}
app::app(boost::asio::any_io_executor executor, std::string_view streams, std::string name,
         app_options how)
    : app(std::move(executor), streams_string(streams), std::move(name), std::move(how)) {}
app::app(boost::asio::any_io_executor executor, const streams_string& streams, std::string name,
         app_options how)
    : core_(std::make_shared<app_core>(app_setup(executor, streams, std::move(name), how))) {}
app::app(app&&) noexcept = default;
app& app::operator=(app&& other) noexcept {
  if (this != &other) {
    stop();
    core_ = std::move(other.core_);
  }
  return *this;
}
app::~app() { stop(); }

app& app::add(std::string topic, duty what, listener_options how) {
  core_->listen(std::move(topic), what, std::move(how));
  return *this;
}

app& app::include(const router& listeners, std::string_view prefix) {
  for (const auto& each : listeners.entries()) {
    add(std::string(prefix) + each.topic, each.what, each.how);
  }
  return *this;
}

app& app::extend(std::shared_ptr<extension> what) {
  core_->extend(std::move(what));
  return *this;
}

feedback_lane app::send(std::string_view topic, boost::json::value what, send_options how) {
  return core_->send(topic, std::move(what), std::move(how));
}

feedback_lane app::continue_lane(std::string id) { return core_->continue_lane(std::move(id)); }

boost::asio::awaitable<bool> app::cancel_scheduled(std::string id) {
  return app_core::cancel_scheduled(core_, std::move(id));
}

app& app::schedule(sluice::schedule what) {
  core_->schedule(std::move(what));
  return *this;
}

boost::asio::awaitable<bool> app::unschedule(std::string name) {
  return core_->schedules().remove(std::move(name));
}

boost::asio::awaitable<void> app::run() { return app_core::run(core_); }

void app::stop() noexcept {
  if (core_) core_->stop();
}

const std::string& app::name() const noexcept { return core_->name(); }

}  // namespace sluice
