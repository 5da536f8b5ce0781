// A command of the user's that is given something to read, and says something.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace sluice::cli {

/// Runs `command` by the shell in a process group of its own. It reads `input` on its standard
/// input; `on_line` gets each line of its standard output as it comes. Its standard error is ours.
///
/// Returns how it ended, in words; empty when it exited with 0. Throws `failure` when it cannot be
/// started. Cancelled, it ends the command (SIGTERM) and all that it has started.
boost::asio::awaitable<std::string> run_shell_command(
    std::string command, std::string input,
    std::function<boost::asio::awaitable<void>(std::string)> on_line);

}  // namespace sluice::cli
