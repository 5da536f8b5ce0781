// What a mailbox looks at, and when: bells, changes by others, a server that is full.
#include "support/mailbox_world.hpp"

namespace {

using namespace scene;
using sluice::waiting;

texts channel_names(int count) {
  texts made;
  for (int i = 0; i < count; ++i) made.push_back("c" + std::to_string(i));
  return made;
}

long looks(mailbox_world& world) { return world.calls("xrange") + world.calls("zrangebyscore"); }

TEST_CASE("a message costs a look at its own channel, however many there are") {
  mailbox_world world(any_layout());
  const auto other = world.connect(world.server.url());
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me");
    mailbox writer(other, "writer", world.options());
    const auto channels = channel_names(300);
    co_await me.subscribe(channels);
    const auto nothing = co_await me.read(1ms);
    CHECK(nothing.empty());
    const auto before = looks(world);
    for (int i = 0; i < 20; ++i) {
      const auto& channel = channels[static_cast<std::size_t>(i * 7)];
      co_await writer.write(channel, std::to_string(i));
      const auto came = co_await me.read(10s);
      CHECK(texts_of(came, channel) == numbered(1, i));
    }
    CHECK(looks(world) - before < 100);
  });
}

TEST_CASE("a read that does not wait finds what was written before, and what it left") {
  mailbox_world world(any_layout());
  const auto other = world.connect(world.server.url());
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me");
    mailbox writer(other, "writer", world.options());
    const auto channels = channel_names(20);
    co_await me.subscribe(channels);
    for (int i = 0; i < 200; ++i) {
      const auto& channel = channels[static_cast<std::size_t>(i % 20)];
      co_await world.write(writer, channel, 2, i);
      const auto first = co_await me.read(waiting::none(), 1);
      CHECK(texts_of(first, channel) == numbered(1, i));
      const auto second = co_await me.read(waiting::none(), 1);
      CHECK(texts_of(second, channel) == numbered(1, i + 1));
      const auto none = co_await me.read();
      CHECK(none.empty());
    }
  });
}

TEST_CASE("who reads by hand hears of other channels, and that a position was moved back") {
  mailbox_world world(any_layout());
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me", mailbox_options().commit_by_hand());
    auto writer = world.box("writer");
    const texts one{"a"};
    const texts two{"b"};
    co_await me.subscribe(one);
    for (int i = 0; i < 20; ++i) {
      co_await writer.write("a", std::to_string(i));
      const auto came = co_await me.read(10s);
      CHECK(texts_of(came, "a") == numbered(1, i));
      co_await me.commit();
    }
    auto elsewhere = world.box("me");
    co_await elsewhere.subscribe(two);
    co_await writer.write("b", "0");
    const auto other = co_await me.read(10s);
    CHECK(texts_of(other, "b") == numbered(1));
    co_await me.commit();
    world.beside([&]() -> asio::awaitable<void> {
      co_await pause(30ms);
      co_await world.channels().move_subscriber("a", "me", 18);
    });
    const auto begun = std::chrono::steady_clock::now();
    const auto again = co_await me.read(10s);
    CHECK(texts_of(again, "a") == numbered(2, 18));
    CHECK(std::chrono::steady_clock::now() - begun < 3s);
  });
}

TEST_CASE("a process that only waits is woken at once, whatever others of its id did before") {
  mailbox_world world(any_layout());
  const auto other = world.connect(world.server.url());
  world.play([&]() -> asio::awaitable<void> {
    mailbox elsewhere(other, "me", world.options());
    mailbox writer(other, "writer", world.options());
    const auto channels = channel_names(3);
    co_await elsewhere.subscribe(channels);
    auto me = world.box("me");
    world.beside([&]() -> asio::awaitable<void> {
      co_await pause(50ms);
      co_await writer.write("c1", "first");
      co_await writer.write("c2", "second");
    });
    const auto begun = std::chrono::steady_clock::now();
    texts all;
    while (all.size() < 2) {
      const auto came = co_await me.read(10s);
      for (const auto& [channel, messages] : came) {
        for (const auto& each : messages) all.push_back(each.text());
      }
    }
    CHECK(all == texts{"first", "second"});
    CHECK(std::chrono::steady_clock::now() - begun < 4s);
  });
}

TEST_CASE("a subscription is heard of, and what is written right behind it") {
  mailbox_world world(any_layout());
  const auto other = world.connect(world.server.url());
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me");
    mailbox elsewhere(other, "me", world.options());
    const auto channels = channel_names(30);
    co_await elsewhere.subscribe(channels);
    bool ended = false;
    std::size_t count = 0;
    world.beside([&]() -> asio::awaitable<void> {
      while (count < 30) {
        const auto came = co_await me.read(waiting::for_ever());
        for (const auto& [channel, messages] : came) count += messages.size();
      }
      ended = true;
    });
    const auto begun = std::chrono::steady_clock::now();
    for (const auto& channel : channels) {
      const texts fresh{"new-" + channel};
      co_await elsewhere.subscribe(fresh);
      co_await elsewhere.write(fresh.front(), "text");
    }
    co_await until([&] { return ended; });
    CHECK(std::chrono::steady_clock::now() - begun < 4s);
  });
}

TEST_CASE("where the server's memory is full, reading goes on and makes room") {
  mailbox_world world(any_layout());
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me", mailbox_options().buffer(0));
    auto writer = world.box("writer");
    const auto channels = channel_names(2);
    co_await me.subscribe(channels);
    co_await world.write(writer, "c0", 5);
    co_await world.write(writer, "c1", 5);
    world.server.command({"CONFIG", "SET", "maxmemory", "1"});
    const auto why = co_await failure_of(writer.write("c0", "too much"));
    CHECK(why.code() == sluice::errc::out_of_memory);
    const auto came = co_await me.read();
    CHECK(texts_of(came, "c0") == numbered(5));
    CHECK(texts_of(came, "c1") == numbered(5));
    CHECK(world.stored("c0") == 0);
    CHECK(world.stored("c1") == 0);
    world.server.command({"CONFIG", "SET", "maxmemory", "0"});
    const auto id = co_await writer.write("c0", "5");
    CHECK(id == 6);
  });
}

}  // namespace
