// A client among those of Python's rivulet: the same channels, keys and messages.
#include <sluice/mailbox/mailbox.hpp>
#include <sluice/mailbox/mailbox_channels.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;

void do_something(const std::string& channel, const sluice::mailbox_message& message) {
  std::cout << channel << " " << message.id() << " " << message.source() << ": " << message.text()
            << std::endl;
}

// [connect]
sluice::mailbox connect(const sluice::client& redis) {
  const auto how = sluice::mailbox_options().layout(sluice::mailbox_layout::rivulet());
  return sluice::mailbox(redis, "client-1", how);
}
// [/connect]

// [subscribe]
asio::awaitable<void> subscribe(sluice::mailbox& c) {
  const std::vector<std::string> channels{"my-channel-0", "my-channel-1"};
  co_await c.subscribe(channels);  // or with mailbox_start::earliest, or latest
}
// [/subscribe]

// [write]
asio::awaitable<void> write(sluice::mailbox& c) {
  const boost::json::object order{{"customer", "c-17"}, {"cents", 1250}};
  co_await c.write("my-channel-0", "the message as a string");
  co_await c.write_json("my-channel-0", order);
}
// [/write]

// [read]
asio::awaitable<std::size_t> read(sluice::mailbox& c) {
  const auto inbox = co_await c.read(10s);  // waiting::for_ever() blocks
  std::size_t count = 0;
  for (const auto& [channel, messages] : inbox) {
    for (const auto& message : messages) do_something(channel, message);
    count += messages.size();
  }
  co_return count;
}
// [/read]

// [unsubscribe]
asio::awaitable<void> unsubscribe(sluice::mailbox& c) {
  const auto channels = co_await c.subscriptions();
  co_await c.unsubscribe(channels);
}
// [/unsubscribe]

// [manage]
asio::awaitable<void> manage(sluice::client redis) {
  const sluice::mailbox_channels all(redis, sluice::mailbox_layout::rivulet());
  for (const auto& channel : co_await all.list()) {
    const auto subscribers = co_await all.count_subscribers(channel);
    const auto messages = co_await all.count_messages(channel);
    std::cout << channel << ": " << subscribers << " subscriber, " << messages << " stored\n";
    co_await all.prune(channel, sluice::mailbox_prune::keep(1'000));
    co_await all.move_subscriber(channel, "client-1", sluice::mailbox_start::latest);
  }
  co_await all.remove("my-channel-1");
}
// [/manage]

asio::awaitable<void> run(sluice::client redis) {
  auto c = connect(redis);
  co_await subscribe(c);
  co_await write(c);
  std::size_t count = 0;
  while (count < 3) count += co_await read(c);  // the third is of a client in Python
  co_await manage(redis);
  co_await unsubscribe(c);
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
