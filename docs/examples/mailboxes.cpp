// A channel that keeps its messages until every subscriber has read them.
#include <sluice/mailbox/mailbox.hpp>
#include <sluice/mailbox/mailbox_channels.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>

namespace asio = boost::asio;
using namespace std::chrono_literals;

// [exchange]
asio::awaitable<void> exchange(sluice::client redis) {
  sluice::mailbox one(redis, "client-1");
  sluice::mailbox two(redis, "client-2");
  const std::vector<std::string> channels{"c0", "c1"};
  co_await one.subscribe(channels, sluice::mailbox_start::current);
  co_await two.write("c0", "hello");
  co_await two.write("c1", "world");
  const auto inbox = co_await one.read(10s);
  for (const auto& [channel, messages] : inbox) {
    for (const auto& each : messages) {
      std::cout << channel << " " << each.id() << " " << each.source() << ": " << each.text()
                << "\n";
    }
  }
  co_await one.unsubscribe(channels);
}
// [/exchange]

void handle(const sluice::mailbox_message& what) { std::cout << "done: " << what.text() << "\n"; }

// [commit]
asio::awaitable<void> work(sluice::client redis) {
  const auto how = sluice::mailbox_options().commit_by_hand();
  sluice::mailbox box(redis, "worker", how);
  const std::vector<std::string> channels{"jobs"};
  co_await box.subscribe(channels);
  co_await box.write("jobs", "sweep the floor");
  while (true) {
    const auto inbox = co_await box.read(100ms);
    if (inbox.empty()) break;  // a service says waiting::for_ever()
    for (const auto& [channel, messages] : inbox) {
      for (const auto& each : messages) handle(each);
    }
    co_await box.commit();
  }
}
// [/commit]

// [manage]
asio::awaitable<void> look_after(sluice::client redis) {
  const sluice::mailbox_channels channels(redis);
  for (const auto& channel : co_await channels.list()) {
    const auto stored = co_await channels.count_messages(channel);
    std::cout << channel << " holds " << stored << "\n";
    for (const auto& each : co_await channels.subscribers(channel)) {
      std::cout << "  " << each.id() << " has " << each.unread() << " to read\n";
    }
    co_await channels.remove_stale_subscribers(channel, 24h * 30);
    co_await channels.prune(channel, sluice::mailbox_prune::older_than(24h * 7));
  }
}
// [/manage]

asio::awaitable<void> run(sluice::client redis) {
  co_await exchange(redis);
  co_await work(redis);
  co_await look_after(redis);
}

int main() {
  asio::io_context io;
  const char* const url = std::getenv("REDIS_URL");
  {
    const sluice::client redis(io.get_executor(), url != nullptr ? url : "redis://localhost");
    asio::co_spawn(io, run(redis), sluice::rethrow);
  }
  io.run();
}
