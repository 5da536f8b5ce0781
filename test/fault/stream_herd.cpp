// Many processes wait on one stream: what an entry costs the server is bounded by their number, and
// while nothing comes they cost next to nothing.

#include "support/catch.hpp"
#include "support/wakes.hpp"

namespace {

using namespace scene;
using sluice::group_consumer;

constexpr int members = 30;

// As many processes would: each member has a connection of its own.
struct herd : waking_world {
  explicit herd(const waking& which) : waking_world(which) {
    for (int i = 0; i < members; ++i) {
      const auto name = "c" + std::to_string(i);
      clients.push_back(connect(server.url()));
      all.push_back(std::make_unique<group_consumer>(clients.back(), member(name)));
    }
  }

  // Lets every member take entries and acknowledge them.
  void go() {
    for (auto& each : all) {
      beside([this, &in = *each]() -> asio::awaitable<void> {
        for (auto next = co_await in.get_entry(); next; next = co_await in.get_entry()) {
          taken.push_back(number_of(*next));
          std::move(*next).ack_later();
        }
        ++ended;
      });
    }
  }
  asio::awaitable<void> end() {
    for (auto& each : all) each->close();
    co_await until([this] { return ended == members; });
  }

  long reads() { return calls("xlen") + calls("xreadgroup"); }
  bool all_wait() { return calls("xgroup|create") == members && reads() >= 2 * members; }

  std::vector<sluice::client> clients;
  std::vector<std::unique_ptr<group_consumer>> all;
  std::vector<int> taken;
  int ended = 0;
};

const waking bell = each_reading().front();

TEST_CASE("an entry makes each of many waiting members look once, and not again and again") {
  herd world(bell);
  world.play([&]() -> asio::awaitable<void> {
    world.go();
    co_await until([&] { return world.all_wait(); });
    co_await pause(50ms);
    const auto before = world.reads();
    constexpr int entries = 20;
    for (int i = 0; i < entries; ++i) {
      world.add("s", 1, i);
      co_await until([&] { return std::ssize(world.taken) == i + 1; });
      co_await pause(10ms);
    }
    CHECK(world.taken == series(entries));
    // One try without arming, then arming and reading again: three commands at most.
    CHECK(world.reads() - before <= 3 * members * entries);
    co_await world.end();
  });
}

TEST_CASE("many entries at once cost reads for each member, and not for each entry") {
  herd world(bell);
  world.play([&]() -> asio::awaitable<void> {
    world.go();
    co_await until([&] { return world.all_wait(); });
    const auto before = world.reads();
    world.add("s", 1'000);
    co_await until([&] { return world.taken.size() == 1'000; });
    co_await until([&] { return world.pending("s", "g") == 0; });
    std::sort(world.taken.begin(), world.taken.end());
    CHECK(world.taken == series(1'000));
    CHECK(world.reads() - before <= 5 * members);
    co_await world.end();
  });
}

TEST_CASE("many members that wait for nothing do not look at all between their nets") {
  herd world(bell);
  world.play([&]() -> asio::awaitable<void> {
    world.go();
    co_await until([&] { return world.all_wait(); });
    world.add("s", 1);
    co_await until([&] { return world.taken.size() == 1; });
    // The members that came too late have armed again by then.
    co_await pause(500ms);
    const auto before = world.reads();
    co_await pause(500ms);
    CHECK(world.reads() == before);
    co_await world.end();
  });
}

}  // namespace
