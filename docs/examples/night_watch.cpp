// Says which groups are stuck, and who has what they are stuck at.
#include <sluice/admin.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <utility>

namespace asio = boost::asio;
namespace admin = sluice::admin;

// [watch]
asio::awaitable<void> watch(sluice::client redis) {
  admin::stream_list list(redis, "orders*");
  auto names = co_await list.rest();
  const auto all = co_await admin::states_of(redis, std::move(names));
  for (const auto& [stream, group, consumers] : all.found) {
    if (group.age < std::chrono::minutes(10)) continue;
    std::cout << group.name << " of " << stream << " is stuck: " << group.pending << " pending, "
              << (group.lag.estimated ? "about " : "") << group.lag.count << " to come\n";
    const admin::group_desk at(redis, stream, group.name);
    const auto first = admin::pending_query().most(1);
    const auto oldest = co_await at.pending(first);
    for (const auto& entry : oldest) {
      std::cout << "  " << entry.consumer << " has had " << entry.id.to_string() << '\n';
    }
  }
}
// [/watch]

// [worst]
asio::awaitable<void> tell_worst(sluice::client redis) {
  const auto which = admin::watch_options().streams("orders*");
  admin::group_watch groups(redis, which);
  while (!groups.complete()) co_await groups.look();
  // From here on a look costs the same however many streams there are.
  co_await groups.look();
  for (const auto& each : groups.worst(3)) {
    std::cout << each.facts.name << " of " << each.stream << ": " << to_string(each.state) << '\n';
  }
}
// [/worst]

asio::awaitable<void> look(sluice::client redis) {
  co_await watch(redis);
  co_await tell_worst(redis);
}

int main() {
  asio::io_context io;
  const char* const url = std::getenv("REDIS_URL");
  {
    // The last handle ends the connection: when the coroutine is done, run() returns.
    const sluice::client redis(io.get_executor(), url != nullptr ? url : "redis://localhost");
    asio::co_spawn(io, look(redis), sluice::rethrow);
  }
  io.run();
}
