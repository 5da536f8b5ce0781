// The groups of a stream, as a client reads them.
#pragma once

#include "admin/span.hpp"

#include "sluice/admin/stream_desk.hpp"
#include "sluice/redis/client.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>
#include <vector>

namespace sluice::admin {

/// Where the stream begins and ends; empty when there is none.
boost::asio::awaitable<std::optional<stream_ends>> find_ends(client redis, std::string stream);

boost::asio::awaitable<std::vector<group_facts>> read_groups(client redis, std::string stream);

}  // namespace sluice::admin
