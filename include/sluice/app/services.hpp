// Who listens to what: all apps that run on a server, as they say themselves.
#pragma once

#include "sluice/redis/client.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// What one process of an app has done with a topic's messages so far.
///
/// Thread rule: a value.
struct topic_statistics {
  std::string topic;
  std::size_t listeners = 0;  ///< How many listeners get each message.
  std::uint64_t handled = 0;  ///< Messages of which no listener failed.
  std::uint64_t failed = 0;   ///< Messages of which one did, in the end.
  std::uint64_t retried = 0;  ///< Attempts after the first.
  std::uint64_t revoked = 0;  ///< Messages that were cancelled, expired, or whose sender was gone.
  std::uint64_t answers = 0;  ///< What listeners answered.
  std::size_t in_progress = 0;  ///< Gauge: messages in the hands of listeners.
  /// Gauge: messages that wait, where that is known. On lists for all who listen; on Kafka in the
  /// partitions of this process, counted from what is committed.
  std::optional<std::uint64_t> backlog;
  std::size_t concurrency = 0;  ///< Gauge: how many there may be now.
};

/// One process of an app.
///
/// Thread rule: a value.
struct service_info {
  std::string app;
  std::string instance;  ///< What tells it from the app's other processes.
  std::string host;
  std::int64_t process = 0;
  std::chrono::milliseconds started{0};  ///< Since 1970, by the server's clock.
  std::chrono::milliseconds seen{0};     ///< When it last said so.
  std::vector<topic_statistics> topics;
};

/// The processes that have said within the last 15 s that they run, ordered by app and instance.
///
/// Errors: those of `client::exec`. Cancellation: as `client::exec`.
/// Cost: one round trip (a script: `TIME`, `ZRANGEBYSCORE`, `HMGET`).
boost::asio::awaitable<std::vector<service_info>> list_services(client redis);

}  // namespace sluice
