// A program on one io_context with one client.
#pragma once

#include "harness/measurement.hpp"

#include <sluice/sluice.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>

namespace bench {

/// Runs `main(client)`, an awaitable, and all that it spawns, until the last of them has let go of
/// the client. What they throw ends the program.
template <class Main>
int run_program(const task& what, Main main) {
  boost::asio::io_context io(1);
  boost::asio::co_spawn(io, main(sluice::client(io.get_executor(), what.server.url())),
                        sluice::rethrow);
  try {
    io.run();
  } catch (const std::exception& why) {
    fail(why.what());
  }
  return 0;
}

}  // namespace bench
