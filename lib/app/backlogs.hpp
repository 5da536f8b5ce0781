// How much waits, of several receptions.
#pragma once

#include "app/main_stream.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace sluice {

/// One after the other, in their order; empty where it is not known. Never fails.
boost::asio::awaitable<std::vector<std::optional<std::uint64_t>>> backlogs_of(
    std::vector<std::shared_ptr<reception>> all);

}  // namespace sluice
