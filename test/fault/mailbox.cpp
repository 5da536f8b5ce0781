// Mailboxes when links are cut, replies are lost and servers restart.
#include "support/mailbox_world.hpp"

#include <sluice/testing/fault_proxy.hpp>

#include <set>

namespace {

using namespace scene;
using sluice::waiting;
using sluice::testing::cut;
using sluice::testing::fault_proxy;

/// Mailboxes whose way to the server leads through a proxy.
struct broken_mailbox_world : mailbox_world {
  explicit broken_mailbox_world(mailbox_layout where)
      : mailbox_world(std::move(where)), proxy(server), far(connect(proxy.url())) {}

  mailbox far_box(const std::string& id) { return mailbox(far, id, options()); }

  fault_proxy proxy;
  sluice::client far;
};

TEST_CASE("a message whose reply is lost at any byte is stored once") {
  broken_mailbox_world world(any_layout());
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.far_box("me");
    for (std::uint64_t bytes = 0; bytes <= 8; ++bytes) {
      // What else is on its way, such as pushes, would count as well.
      co_await world.far.ping();
      world.proxy.replies().truncate(bytes, bytes % 2 == 0 ? cut::reset : cut::close);
      const auto id = co_await me.write("c", std::to_string(bytes));
      CHECK(id == bytes + 1);
      world.proxy.heal();
    }
    const auto all = co_await world.channels().messages("c");
    CHECK(all.size() == 9);
  });
  CHECK(world.far.counters().resent >= 8);
}

TEST_CASE("many writes that run together are stored once each under kills") {
  broken_mailbox_world world(any_layout());
  constexpr int writers = 20;
  constexpr int messages = 50;
  auto me = world.far_box("me");
  world.proxy.replies().delay(2ms);
  int done = 0;
  world.play([&]() -> asio::awaitable<void> {
    for (int who = 0; who < writers; ++who) {
      world.beside([&, who]() -> asio::awaitable<void> {
        for (int i = 0; i < messages; ++i) {
          co_await me.write("c", std::to_string(who) + ":" + std::to_string(i));
        }
        ++done;
      });
    }
    while (done < writers) {
      co_await pause(20ms);
      world.proxy.reset();
    }
    const auto all = co_await world.channels().messages("c", 10'000);
    std::set<std::string> different;
    for (const auto& each : all) different.insert(each.text());
    CHECK(all.size() == writers * messages);
    CHECK(different.size() == writers * messages);
  });
}

TEST_CASE("a read whose reply is lost at any byte gives every message once") {
  broken_mailbox_world world(any_layout());
  world.play([&]() -> asio::awaitable<void> {
    auto writer = world.box("writer");
    auto me = world.far_box("me");
    const texts channels{"c"};
    co_await me.subscribe(channels);
    texts all;
    for (int round = 0; round < 40; ++round) {
      co_await world.far.ping();
      co_await writer.write("c", std::to_string(round));
      world.proxy.replies().truncate(static_cast<std::uint64_t>(7 * round), cut::reset);
      const auto came = co_await me.read(10s);
      for (const auto& each : texts_of(came, "c")) all.push_back(each);
      world.proxy.heal();
    }
    CHECK(all == numbered(40));
  });
}

TEST_CASE(
    "a commit that nobody heard of gives its messages, also where its client was moved since") {
  broken_mailbox_world world(any_layout());
  world.play([&]() -> asio::awaitable<void> {
    auto writer = world.box("writer");
    auto me = world.far_box("me");
    const texts channels{"c"};
    co_await me.subscribe(channels);
    int committed = 0;
    for (int round = 0; round < 60; ++round) {
      co_await world.far.ping();
      const auto number = co_await writer.write("c", std::to_string(round));
      const auto breaks = world.events.count<sluice::events::disconnected>();
      const auto broken = [&world, breaks] {
        return world.events.count<sluice::events::disconnected>() > breaks;
      };
      bool counts = false;
      bool moved = false;
      world.proxy.replies().truncate(static_cast<std::uint64_t>(5 * round), cut::reset);
      world.beside([&, number]() -> asio::awaitable<void> {
        co_await until(broken);
        const auto all = co_await world.channels().subscribers("c");
        counts = all.at(0).position() == number;
        co_await writer.write("c", "passed over");
        co_await world.channels().move_subscriber("c", "me", mailbox_start::latest);
        moved = true;
      });
      const auto came = co_await me.read(200ms);
      world.proxy.heal();
      if (!broken()) world.proxy.reset();
      const auto is_moved = [&moved] { return moved; };
      co_await until(is_moved);
      const auto rest = co_await me.read(1ms);
      auto given = texts_of(came, "c");
      for (const auto& each : texts_of(rest, "c")) given.push_back(each);
      if (!counts) continue;
      ++committed;
      REQUIRE_FALSE(given.empty());
      CHECK(given.front() == std::to_string(round));
    }
    CHECK(committed > 0);
  });
}

TEST_CASE("who waits while the link breaks hears what is written meanwhile") {
  broken_mailbox_world world(any_layout());
  world.play([&]() -> asio::awaitable<void> {
    auto writer = world.box("writer");
    auto me = world.far_box("me");
    const texts channels{"c"};
    co_await me.subscribe(channels);
    bool done = false;
    world.beside([&]() -> asio::awaitable<void> {
      const auto came = co_await me.read(waiting::for_ever());
      CHECK(texts_of(came, "c") == texts{"meanwhile"});
      done = true;
    });
    co_await pause(50ms);
    world.proxy.reset();
    co_await writer.write("c", "meanwhile");
    co_await until([&] { return done; });
  });
}

TEST_CASE("a server that restarts with its data has all positions, and who waits goes on") {
  mailbox_world world(any_layout(), server_options().append_only(sluice::testing::fsync::always));
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me");
    const texts channels{"c"};
    co_await me.subscribe(channels);
    co_await world.write(me, "c", 3);
    co_await me.read(waiting::none(), 2);
    bool done = false;
    texts all;
    world.beside([&]() -> asio::awaitable<void> {
      while (all.size() < 2) {
        const auto came = co_await me.read(waiting::for_ever());
        for (const auto& each : texts_of(came, "c")) all.push_back(each);
      }
      done = true;
    });
    co_await until([&] { return all.size() == 1; });
    world.server.kill();
    world.server.start();
    const auto id = co_await me.write("c", "3");
    CHECK(id == 4);
    co_await until([&] { return done; });
    CHECK(all == numbered(2, 2));
  });
}

TEST_CASE("a mailbox may go before, or after, what it waits in") {
  mailbox_world world(any_layout());
  auto reading = std::make_unique<mailbox>(world.box("me"));
  auto act = reading->read(waiting::for_ever());
  asio::co_spawn(world.io, std::move(act),
                 [](const std::exception_ptr&, const mailbox_messages&) {});
  world.io.run_for(50ms);
  reading.reset();
  world.io.run_for(20ms);
}

}  // namespace
