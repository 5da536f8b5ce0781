// The coroutines of a publisher.
#pragma once

#include "outbox/publisher_core.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace sluice::outbox {

/// Runs all lanes until they were stopped or one of them failed for good.
boost::asio::awaitable<void> publish(std::shared_ptr<publisher_core> core);

}  // namespace sluice::outbox
