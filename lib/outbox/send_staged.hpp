// How staged messages go to Redis: as if a topic producer had sent them.
#pragma once

#include "outbox/batch.hpp"

#include "sluice/redis/client.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <vector>

namespace sluice::outbox {

/// Adds the messages to the streams of their topics, in order and as one unit, and gives what Redis
/// refused, message by message: empty where it was added. A topic that makes Redis refuse the whole
/// unit is told from the others by sending each topic as a unit of its own.
///
/// Throws what concerns all of them; nothing is known then about what was added.
boost::asio::awaitable<std::vector<std::optional<error>>> send_staged(
    client redis, const std::vector<staged_row>& rows, std::chrono::milliseconds limit);

}  // namespace sluice::outbox
