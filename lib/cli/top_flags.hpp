// What `sluice top` was asked for.
#pragma once

#include "cli/verbs.hpp"

#include <sluice/admin/group_watch.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::cli {

/// More than most screens show: the worst are asked about at each look.
inline constexpr std::size_t worst_on_screen = 30;

struct top_flags {
  std::string url = default_url;
  std::vector<std::string> patterns;
  double every = 2;  // seconds
  double dead_after = 300;
  std::size_t rows = 20;
  std::optional<std::uint64_t> count;
  bool once = false;
  bool json = false;

  std::chrono::milliseconds pause() const;
  std::chrono::milliseconds silence() const;
  bool on_screen() const;
  admin::watch_options watched() const;
};

/// Till the time is over, or somebody cancels the timer.
boost::asio::awaitable<void> sleep_on(boost::asio::steady_timer& timer,
                                      std::chrono::milliseconds time);

}  // namespace sluice::cli
