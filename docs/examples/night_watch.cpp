// Says which groups are stuck, and who has what they are stuck at.
#include <sluice/admin.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>

namespace asio = boost::asio;
namespace admin = sluice::admin;

// [watch]
asio::awaitable<void> watch(sluice::client redis) {
  admin::stream_list list(redis, "orders*");
  for (const auto& stream : co_await list.rest()) {
    const admin::stream_desk desk(redis, stream);
    for (const auto& group : co_await desk.groups()) {
      if (group.age < std::chrono::minutes(10)) continue;
      std::cout << group.name << " of " << stream << " is stuck: " << group.pending << " pending, "
                << (group.lag.estimated ? "about " : "") << group.lag.count << " to come\n";
      const admin::group_desk at(redis, stream, group.name);
      const auto first = admin::pending_query().most(1);
      for (const auto& entry : co_await at.pending(first)) {
        std::cout << "  " << entry.consumer << " has had " << entry.id.to_string() << '\n';
      }
    }
  }
}
// [/watch]

int main() {
  asio::io_context io;
  const char* const url = std::getenv("REDIS_URL");
  {
    // The last handle ends the connection: when the coroutine is done, run() returns.
    const sluice::client redis(io.get_executor(), url != nullptr ? url : "redis://localhost");
    asio::co_spawn(io, watch(redis), sluice::rethrow);
  }
  io.run();
}
