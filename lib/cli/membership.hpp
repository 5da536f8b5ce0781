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

/// Completes when a member that was closed holds nothing any more: where leases are kept, what it
/// did not settle goes back to the group by itself, step by step, and what was delivered too often
/// to the dead letters. Gives up where that does not come to an end, or where the server does not
/// say.
boost::asio::awaitable<void> until_handed_over(client redis, std::vector<std::string> streams,
                                               std::string group, std::string consumer);

}  // namespace sluice::cli
