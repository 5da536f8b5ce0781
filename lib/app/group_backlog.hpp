// How much waits for a group.
#pragma once

#include "redis/connection.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace sluice {

/// How many entries of a stream no member of the group has been given yet. Where the server cannot
/// tell, being older than 7.0 or after deletions, they are counted, up to 1,000 of them. Empty
/// where there is no such group. Throws what kept the server from answering.
boost::asio::awaitable<std::optional<std::uint64_t>> group_backlog(std::shared_ptr<connection> link,
                                                                   std::string stream,
                                                                   std::string group);

}  // namespace sluice
