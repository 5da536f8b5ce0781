// The marks that groups of topics set beside the messages that they have settled.
#pragma once

#include "sluice/redis/client.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::admin {

/// How many messages of a topic a group is known to have settled: marks that have not expired. Each
/// is counted once, and those of a group whose name begins alike are not.
///
/// The names of keys do not tell the topic "a" and the group "b:c" from the topic "a:b" and the
/// group "c"; who uses such names gets both.
///
/// Throws `error` with `errc::invalid_argument` when the topic or the group is empty.
/// Errors: the server's and the connection's. Cancellation: changes nothing.
/// Cost: a round trip for each 1,000 keys of the server (`SCAN`); 16 bytes here for each mark.
boost::asio::awaitable<std::size_t> count_seen(client redis, std::string_view topic,
                                               std::string_view group,
                                               std::string_view prefix = "telstar:");

}  // namespace sluice::admin
