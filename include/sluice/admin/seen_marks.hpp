// The marks that groups of topics set beside the messages that they have settled.
#pragma once

#include "sluice/redis/client.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace sluice::admin {

/// How many messages of a topic a group is known to have settled: marks that have not expired. Each
/// is counted once, and those of a group whose name begins alike are not.
///
/// Exact where neither name contains a colon. The names of keys do not tell the topic "a" and the
/// group "b:c" from the topic "a:b" and the group "c": where both are used, the number is that of
/// the messages that either has settled; where one was never used, it is exact for the other.
///
/// Throws `error` with `errc::invalid_argument` when the topic or the group is empty.
/// Errors: the server's and the connection's. Cancellation: changes nothing.
/// Cost: a round trip for each 1,000 keys of the server (`SCAN`); at most 32 bytes here a mark.
boost::asio::awaitable<std::size_t> count_seen(client redis, std::string_view topic,
                                               std::string_view group,
                                               std::string_view prefix = "telstar:");

/// The same of all groups of a topic that have marks, by their names; also of groups that are gone.
/// The marks of the topic "a:b" and the group "c" count for the topic "a" as those of "b:c"; each
/// number is exact where that of `count_seen` is.
///
/// Throws `error` with `errc::invalid_argument` when the topic is empty.
/// Errors: the server's and the connection's. Cancellation: changes nothing.
/// Cost: a round trip for each 1,000 keys of the server (`SCAN`); at most 32 bytes here a mark.
boost::asio::awaitable<std::map<std::string, std::size_t>> seen_by_group(
    client redis, std::string_view topic, std::string_view prefix = "telstar:");

}  // namespace sluice::admin
