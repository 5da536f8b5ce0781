#include "app/timetable.hpp"

#include "redis/client_access.hpp"

namespace sluice {

timetable::timetable(const client& redis, const std::string& app,
                     const std::shared_ptr<main_stream>& main)
    : delayed_(std::make_shared<delayed_store>(redis, main->waiting_place())),
      mover_(std::make_shared<delayed_mover>(client_access::shared_link(redis), delayed_, main)),
      schedules_(redis, app, main) {}

void timetable::start() {
  mover_->start();
  schedules_.start();
}

void timetable::stop() noexcept {
  mover_->stop();
  schedules_.stop();
}

}  // namespace sluice
