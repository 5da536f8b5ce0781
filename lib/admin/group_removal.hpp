// Removing a group, or a consumer, and giving back what it has in hand.
#pragma once

#include "sluice/admin/group_desk.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <string>

namespace sluice::admin {

boost::asio::awaitable<std::size_t> release_all(client redis, std::string stream, std::string group,
                                                std::string consumer);
boost::asio::awaitable<bool> release_and_remove(client redis, std::string stream, std::string group,
                                                std::string consumer);
boost::asio::awaitable<group_removal> remove_group(client redis, std::string stream,
                                                   std::string group, bool drop_pending);

}  // namespace sluice::admin
