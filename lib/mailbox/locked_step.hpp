// Changing channels that somebody else may hold the lock of.
#pragma once

#include "sluice/redis/client.hpp"
#include "sluice/redis/script.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace sluice {

/// Runs a script of `box_scripts` until it finds no lock; for `patience`, then it throws `error`
/// with `errc::timeout`, and nothing is changed. The release of the lock rings a bell.
boost::asio::awaitable<reply> run_unlocked(client redis, const script& what,
                                           std::vector<std::string> keys,
                                           std::vector<std::string> arguments,
                                           std::chrono::milliseconds patience);

}  // namespace sluice
