// What an app sends later, and again and again.
#pragma once

#include "app/delayed_mover.hpp"
#include "app/delayed_store.hpp"
#include "app/schedule_desk.hpp"

#include "sluice/redis/client.hpp"

#include <memory>
#include <string>

namespace sluice {

/// While the app runs, it sends delayed messages of all apps, and those of its own schedules.
class timetable final {
 public:
  timetable(const client& redis, const std::string& app, const std::shared_ptr<main_stream>& main);
  ~timetable() { stop(); }

  const std::shared_ptr<delayed_store>& delayed() const noexcept { return delayed_; }
  schedule_desk& schedules() noexcept { return schedules_; }
  void start();
  void stop() noexcept;

 private:
  std::shared_ptr<delayed_store> delayed_;
  std::shared_ptr<delayed_mover> mover_;
  schedule_desk schedules_;
};

}  // namespace sluice
