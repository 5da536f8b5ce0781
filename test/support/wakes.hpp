// The ways in which a reader may be woken. Tests that hold for one of them hold for all.
#pragma once

#include "support/stream_world.hpp"

namespace scene {

/// A way to be woken, and a user who may have it.
struct waking {
  const char* name;
  sluice::wake how;
  bool may_track = true;
};

/// All of them; the last falls back to blocking by itself.
inline std::vector<waking> every_waking() {
  using sluice::wake;
  return {{"doorbell", wake::doorbell},
          {"block", wake::block},
          {"poll", wake::poll},
          {"automatic", wake::automatic},
          {"automatic without the right to track", wake::automatic, false}};
}

/// Those that differ in how they read.
inline std::vector<waking> each_reading() {
  using sluice::wake;
  return {{"doorbell", wake::doorbell}, {"block", wake::block}, {"poll", wake::poll}};
}

inline std::ostream& operator<<(std::ostream& out, const waking& which) {
  return out << which.name;
}

/// A world whose client may, or may not, use doorbells.
struct waking_world : stream_world {
  explicit waking_world(const waking& which, server_options how = server_options())
      : stream_world(how.acl_line("deaf on >secret ~* &* +@all -client|tracking")), as(which) {
    auto chosen = options(server.url());
    if (!which.may_track) chosen.credentials("deaf", "secret");
    redis = sluice::client(io.get_executor(), chosen);
  }

  // The net is far away, so that it hides nothing.
  sluice::group member(const std::string& name = "c") const {
    return sluice::group("g")
        .consumer(name)
        .stream("s")
        .wake_by(as.how)
        .poll_interval(5ms)
        .recheck_interval(60s);
  }
  sluice::streams reader(sluice::start from = sluice::start::earliest()) const {
    return sluice::streams("s", from).wake_by(as.how).poll_interval(5ms).recheck_interval(60s);
  }

  waking as;
};

}  // namespace scene
