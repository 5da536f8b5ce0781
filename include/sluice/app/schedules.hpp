// The schedules of all apps, as the server remembers them.
#pragma once

#include "sluice/app/schedule.hpp"
#include "sluice/redis/client.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// What the server knows of a schedule.
///
/// Thread rule: a value.
struct schedule_info {
  std::string app;
  std::string name;
  /// Empty for what this version of Sluice, or a build without time zones, does not understand.
  std::optional<schedule> what;
  std::chrono::milliseconds last{
      0};  ///< The last time that was sent, or when it began, since 1970.
  std::chrono::milliseconds asked{0};  ///< The server's clock when this was asked.

  /// The next `count` times, since 1970; none of what is not understood.
  std::vector<std::chrono::milliseconds> next(std::size_t count) const;
};

/// All schedules, ordered by app and name; also those that no process runs any more.
///
/// Errors: those of `client::exec`. Cancellation: as `client::exec`.
/// Cost: one round trip (a script: `SMEMBERS`, and `HMGET` for each).
boost::asio::awaitable<std::vector<schedule_info>> list_schedules(client redis);

/// Ends a schedule in all processes; see `app::unschedule`. Returns false for an unknown one.
///
/// Errors: those of `client::exec`.
/// Cancellation: it may be ended nevertheless.
/// Cost: one round trip (a script).
boost::asio::awaitable<bool> remove_schedule(client redis, std::string app, std::string name);

}  // namespace sluice
