// Waiting for what was given back without waiting.
#pragma once

#include "redis/connection.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace sluice {

/// Until the server has executed what was sent before, or 2 s have passed: whoever stops the client
/// then does not overtake it.
boost::asio::awaitable<void> hand_over(std::shared_ptr<connection> link);

}  // namespace sluice
