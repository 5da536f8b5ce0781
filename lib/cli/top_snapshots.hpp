// Groups as tables or JSON lines, one after the other, for programs and for files.
#pragma once

#include "cli/session.hpp"
#include "cli/top_flags.hpp"

#include <boost/asio/awaitable.hpp>

namespace sluice::cli {

/// Gives the exit code.
boost::asio::awaitable<int> print_snapshots(const top_flags& flags, session& here);

}  // namespace sluice::cli
