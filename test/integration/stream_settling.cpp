// Settling deliveries: once, by whoever holds them, in few commands.

#include "support/catch.hpp"
#include "support/stream_world.hpp"

#include <memory>
#include <optional>

namespace {

using namespace scene;
using sluice::delivery;
using sluice::errc;
using sluice::group;
using sluice::group_consumer;
using sluice::waiting;

group usual_member() { return group("g").consumer("c").stream("s"); }

TEST_CASE("acknowledgements of neighbours leave as one command") {
  stream_world world;
  world.add("s", 100);
  group_consumer in(world.redis, usual_member());
  world.play([&]() -> asio::awaitable<void> {
    auto all = co_await in.get_batch(100);
    REQUIRE(all.size() == 100);
    for (auto& each : all) std::move(each).ack_later();
    co_await in.flush();
    CHECK(world.pending("s", "g") == 0);
    CHECK(world.redis.counters().acknowledged == 100);
    CHECK(world.calls("xack") == 1);
  });
}

TEST_CASE("flushing waits for the acknowledgements of a stream that was removed, too") {
  stream_world world;
  world.add("s", 2);
  group_consumer in(world.redis, usual_member());
  world.play([&]() -> asio::awaitable<void> {
    auto all = co_await in.get_batch(2);
    REQUIRE(all.size() == 2);
    std::move(all[0]).ack_later();
    in.remove_stream("s");
    std::move(all[1]).ack_later();
    co_await in.flush();
    CHECK(world.pending("s", "g") == 0);
  });
}

TEST_CASE("awaited acknowledgements of many coroutines share commands, and each hears its fate") {
  stream_world world;
  world.add("s", 64);
  group_consumer in(world.redis, usual_member());
  world.play([&]() -> asio::awaitable<void> {
    int done = 0;
    for (int i = 0; i < 64; ++i) {
      world.beside([&]() -> asio::awaitable<void> {
        auto one = co_await in.get_entry();
        REQUIRE(one);
        co_await std::move(*one).ack();
        ++done;
      });
    }
    co_await until([&] { return done == 64; });
    CHECK(world.pending("s", "g") == 0);
    CHECK(world.calls("xack") < 20);
  });
}

TEST_CASE("more acknowledgements than fit one command are split, and all arrive") {
  stream_world world;
  world.add("s", 2'500);
  group_consumer in(world.redis, usual_member().prefetch(2'500));
  world.play([&]() -> asio::awaitable<void> {
    std::vector<delivery> all;
    while (all.size() < 2'500) {
      auto some = co_await in.get_batch(2'500);
      for (auto& each : some) all.push_back(std::move(each));
    }
    for (auto& each : all) std::move(each).ack_later();
    co_await in.flush();
    CHECK(world.pending("s", "g") == 0);
    CHECK(world.redis.counters().acknowledged == 2'500);
    CHECK(world.calls("xack") == 3);
  });
}

TEST_CASE("settling twice is an error, each way") {
  stream_world world;
  world.add("s", 2);
  group_consumer in(world.redis, usual_member());
  world.play([&]() -> asio::awaitable<void> {
    auto one = co_await in.get_entry();
    REQUIRE(one);
    co_await std::move(*one).ack();
    CHECK(code_of([&] { (void)std::move(*one).ack(); }) == errc::already_settled);
    CHECK(code_of([&] { std::move(*one).ack_later(); }) == errc::already_settled);
    auto two = co_await in.get_entry();
    REQUIRE(two);
    delivery moved(*std::move(two));
    CHECK(code_of([&] { std::move(*two).ack_later(); }) == errc::already_settled);
    CHECK(moved.pending());
    std::move(moved).ack_later();
    CHECK(code_of([&] { (void)std::move(moved).ack(); }) == errc::already_settled);
    co_await in.flush();
    CHECK(world.pending("s", "g") == 0);
  });
}

TEST_CASE("an entry that somebody else settled is found to be no longer pending") {
  stream_world world;
  world.add("s", 2);
  group_consumer in(world.redis, usual_member());
  world.play([&]() -> asio::awaitable<void> {
    auto one = co_await in.get_entry();
    auto two = co_await in.get_entry();
    REQUIRE(two);
    const std::string first(one->id_text()), second(two->id_text());
    world.server.command({"XACK", "s", "g", first, second});
    const auto why = co_await failure_of(std::move(*one).ack());
    CHECK(why.code() == errc::already_settled);
    std::move(*two).ack_later();
    co_await in.flush();
    CHECK(world.events.count<sluice::events::acknowledgement_failed>() == 2);
  });
}

TEST_CASE("a delivery that is dropped stays pending and comes again to the next of that name") {
  stream_world world;
  world.add("s", 3);
  world.play([&]() -> asio::awaitable<void> {
    {
      group_consumer in(world.redis, usual_member());
      for (int i = 0; i < 3; ++i) {
        auto next = co_await in.get_entry();
        REQUIRE(next);
        if (i != 1) std::move(*next).ack_later();
      }
      co_await in.flush();
    }
    CHECK(world.pending("s", "g") == 1);
    group_consumer again(world.redis, usual_member());
    auto next = co_await again.get_entry();
    REQUIRE(next);
    CHECK(number_of(*next) == 1);
    CHECK(next->redelivered());
    co_await std::move(*next).ack();
  });
}

TEST_CASE("assigning over a delivery drops what was there") {
  stream_world world;
  world.add("s", 2);
  group_consumer in(world.redis, usual_member());
  world.play([&]() -> asio::awaitable<void> {
    auto held = co_await in.get_entry();
    auto other = co_await in.get_entry();
    REQUIRE(other);
    *held = *std::move(other);
    CHECK(number_of(*held) == 1);
    co_await std::move(*held).ack();
    CHECK(world.pending("s", "g") == 1);
  });
}

TEST_CASE("a delivery outlives its consumer and its client, and can still be settled") {
  stream_world world;
  world.add("s", 3);
  std::vector<delivery> kept;
  {
    auto redis = world.connect(world.server.url());
    group_consumer in(redis, usual_member());
    world.play([&]() -> asio::awaitable<void> { kept = co_await in.get_batch(3); });
    REQUIRE(kept.size() == 3);
  }
  world.play([&]() -> asio::awaitable<void> {
    CHECK(kept[0].stream() == "s");
    CHECK(kept[0].field("n") == "0");
    CHECK(kept[0].consumer() == "c");
    co_await std::move(kept[0]).ack();
    std::move(kept[1]).ack_later();
    co_await until([&] { return world.pending("s", "g") == 1; });
    kept.clear();
  });
}

TEST_CASE("a delivery may even outlive the io_context; what it then does is nothing") {
  private_server server;
  server.command({"XADD", "s", "*", "n", "1"});
  std::optional<delivery> kept, dropped;
  server.command({"XADD", "s", "*", "n", "2"});
  {
    asio::io_context io;
    sluice::client redis(io.get_executor(), server.url());
    group_consumer in(redis, usual_member());
    play(io, [&]() -> asio::awaitable<void> {
      kept = co_await in.get_entry();
      dropped = co_await in.get_entry();
    });
    REQUIRE(dropped);
  }
  CHECK(kept->field("n") == "1");
  std::move(*kept).ack_later();
  dropped.reset();
}

TEST_CASE("an acknowledgement that the end of the io_context overtakes keeps nothing alive") {
  private_server server;
  server.command({"XADD", "s", "*", "n", "1"});
  auto alive = std::make_shared<int>();
  const std::weak_ptr<int> watched = alive;
  {
    asio::io_context io;
    sluice::connection_options options(server.url());
    options.on_event([alive = std::move(alive)](const sluice::event&) {});
    sluice::client redis(io.get_executor(), std::move(options));
    group_consumer in(redis, usual_member());
    std::optional<delivery> kept;
    play(io, [&]() -> asio::awaitable<void> { kept = co_await in.get_entry(); });
    REQUIRE(kept);
    std::move(*kept).ack_later();
  }
  CHECK(watched.expired());
}

TEST_CASE("deliveries of a closed consumer are settled, and its buffered entries stay pending") {
  stream_world world;
  world.add("s", 10);
  group_consumer in(world.redis, usual_member());
  world.play([&]() -> asio::awaitable<void> {
    auto one = co_await in.get_entry();
    REQUIRE(one);
    in.close();
    co_await std::move(*one).ack();
    CHECK(world.pending("s", "g") == 9);
    const auto none = co_await in.get_entry();
    CHECK_FALSE(none);
  });
}

TEST_CASE("acknowledgements that were given before the client closes in good order arrive") {
  stream_world world;
  world.add("s", 10);
  group_consumer in(world.redis, usual_member());
  world.play([&]() -> asio::awaitable<void> {
    auto all = co_await in.get_batch(10);
    for (auto& each : all) std::move(each).ack_later();
    co_await world.redis.close();
    CHECK(world.pending("s", "g") == 0);
  });
}

TEST_CASE("acknowledging with a client that was stopped fails with closed") {
  stream_world world;
  world.add("s", 2);
  group_consumer in(world.redis, usual_member());
  world.play([&]() -> asio::awaitable<void> {
    auto one = co_await in.get_entry();
    auto two = co_await in.get_entry();
    world.redis.stop();
    const auto why = co_await failure_of(std::move(*one).ack());
    CHECK(why.code() == errc::closed);
    std::move(*two).ack_later();
    co_await in.flush();
    CHECK(world.events.count<sluice::events::acknowledgement_failed>() == 2);
  });
}

TEST_CASE("acknowledging goes on while the server has no memory left") {
  stream_world world;
  world.add("s", 20);
  group_consumer in(world.redis, usual_member().prefetch(5));
  world.play([&]() -> asio::awaitable<void> {
    auto one = co_await in.get_entry();
    REQUIRE(one);
    world.server.command({"CONFIG", "SET", "maxmemory", "1"});
    co_await std::move(*one).ack();
    const auto rest = co_await numbers(in, 19);
    CHECK(rest == series(19, 1));
    co_await in.flush();
    CHECK(world.pending("s", "g") == 0);
  });
}

}  // namespace
