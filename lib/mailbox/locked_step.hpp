// Changing channels that somebody else may hold the lock of.
#pragma once

#include "sluice/core/clock.hpp"
#include "sluice/core/error.hpp"
#include "sluice/redis/client.hpp"
#include "sluice/redis/script.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace sluice {

/// Runs a script of `box_scripts` until it finds no lock, or the time has come; gives its last
/// answer. The release of the lock rings a bell.
boost::asio::awaitable<reply> try_unlocked(client redis, const script& what,
                                           std::vector<std::string> keys,
                                           std::vector<std::string> arguments,
                                           clock::time_point limit);
/// Whether an answer says that there was a lock, so that nothing was changed.
bool found_lock(const reply& answer);
/// What is thrown then.
error lock_held(const reply& answer, const std::vector<std::string>& keys);

/// The same for `patience`; then it throws `error` with `errc::timeout`.
boost::asio::awaitable<reply> run_unlocked(client redis, const script& what,
                                           std::vector<std::string> keys,
                                           std::vector<std::string> arguments,
                                           std::chrono::milliseconds patience);

}  // namespace sluice
