// The same questions about many things, many of them at once.
#pragma once

#include "sluice/redis/client.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>

namespace sluice::admin {

/// How many are under way at once: enough to fill the way to the server and back, and little enough
/// that others are served between them.
inline constexpr std::size_t lanes = 64;

/// Awaits `act` of 0, 1, … `count` - 1, `lanes` of them at a time; their commands leave together.
///
/// The first that fails, and a cancellation, end it: no more are begun, those under way are
/// cancelled, and it throws once all of them have ended. So `act` may refer to what its caller has.
boost::asio::awaitable<void> side_by_side(
    client redis, std::size_t count, std::function<boost::asio::awaitable<void>(std::size_t)> act);

}  // namespace sluice::admin
