// Moving a group's position, and what that means.
#pragma once

#include "sluice/admin/group_desk.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace sluice::admin {

boost::asio::awaitable<group_move> foresee_move(client redis, std::string stream, std::string group,
                                                start where);
boost::asio::awaitable<group_move> move_group(client redis, std::string stream, std::string group,
                                              start where);

}  // namespace sluice::admin
