// An app with a schedule, and what it has sent.
#pragma once

#include "support/stream_world.hpp"

#include <sluice/app/app.hpp>

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace scene {

inline sluice::schedule chime(std::chrono::milliseconds interval) {
  return sluice::every(interval).then("chime").named("tower");
}

/// The same, of which none is to be left out however slow the machine.
inline sluice::schedule every_chime(std::chrono::milliseconds interval) {
  return chime(interval).missed(sluice::missed::all).at_most(100'000);
}

/// A process of the app "clocks", which has a schedule and listens to what it sends.
struct tower {
  tower(sluice::client redis, sluice::schedule what) : app(std::move(redis), "clocks") {
    app.schedule(std::move(what));
    // What was sent is counted in the stream.
    app.listen(
        "chime", [this](sluice::request& what) { ids.push_back(what.id()); },
        sluice::listener_options().keep_handled(true));
  }

  sluice::app app;
  std::vector<std::string> ids;
};

/// The ids of all messages that schedules have added to a stream, which end with their times.
inline std::vector<std::string> sent(stream_world& world, const std::string& stream = "chime") {
  const auto text = world.server.command({"XRANGE", stream, "-", "+"});
  std::vector<std::string> found;
  for (std::size_t at = 0; (at = text.find("clocks/", at)) != std::string::npos; ++at) {
    found.push_back(text.substr(at, text.find('\n', at) - at));
  }
  return found;
}

inline bool all_differ(const std::vector<std::string>& texts) {
  return std::set<std::string>(texts.begin(), texts.end()).size() == texts.size();
}

/// In ms of their day, of ids such as "clocks/tower@2028-02-29T12:00:00.000Z".
inline std::vector<long> times_sent(stream_world& world) {
  std::vector<long> found;
  for (const auto& id : sent(world)) {
    const auto clock = id.substr(id.find('T') + 1);
    const auto part = [&clock](std::size_t at, std::size_t length) {
      return std::stol(clock.substr(at, length));
    };
    found.push_back(((part(0, 2) * 60 + part(3, 2)) * 60 + part(6, 2)) * 1'000 + part(9, 3));
  }
  return found;
}

/// None is missing, and none comes twice.
inline bool is_series(const std::vector<long>& times, long interval) {
  constexpr long day = 24 * 60 * 60 * 1'000;
  for (std::size_t i = 1; i < times.size(); ++i) {
    if ((times[i] - times[i - 1] + day) % day != interval) return false;
  }
  return true;
}

}  // namespace scene
