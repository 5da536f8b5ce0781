// Waiting for something, but not for ever.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <chrono>

namespace sluice::cli {

/// Awaits an operation for so long; false when it has not come to its end by then. It then goes on
/// by itself, so it must not refer to anything of the caller's. What it throws is thrown.
boost::asio::awaitable<bool> finishes_within(std::chrono::milliseconds limit,
                                             boost::asio::awaitable<void> operation);

}  // namespace sluice::cli
