// Leaving a consumer group.
#pragma once

#include <sluice/redis/client.hpp>

#include <boost/asio/awaitable.hpp>

#include <string>
#include <vector>

namespace sluice::cli {

/// Deletes a consumer from a group of each stream, unless it still holds entries there: deleting it
/// would make the server forget them, and nobody would get them. Says on stderr how many it holds.
boost::asio::awaitable<void> leave_group(client redis, std::vector<std::string> streams,
                                         std::string group, std::string consumer);

}  // namespace sluice::cli
