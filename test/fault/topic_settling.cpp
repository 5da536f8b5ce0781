// Settling over links that break: settled once, and never mistaken for somebody else's.

#include "support/catch.hpp"
#include "support/topic_world.hpp"

#include <sluice/testing/fault_proxy.hpp>

#include <random>
#include <set>

namespace {

using namespace scene;
using sluice::errc;
using sluice::testing::cut;
using sluice::testing::fault_proxy;

/// A world whose member speaks through a proxy.
struct broken_world : topic_world {
  broken_world() : proxy(server), far(connect(proxy.unix_url())) {}

  fault_proxy proxy;
  sluice::client far;
};

TEST_CASE("a settle whose reply is lost, cut at any byte, is settled once and knows itself again") {
  broken_world world;
  topic_consumer in(world.far, member());
  // ":1\r\n" has four bytes. Where to cut the reply; one more loses nothing.
  std::uint64_t at = 0;
  std::vector<int> committed;
  in.on("orders", [&](topic_delivery& what) -> asio::awaitable<void> {
    world.proxy.replies().truncate(at, cut::reset);
    co_await what.settle();
    committed.push_back(number_in(what));
  });
  world.play([&]() -> asio::awaitable<void> {
    world.run(in);
    for (at = 0; at < 4; ++at) {
      const auto lost = world.far.counters().links_lost;
      world.send("orders", static_cast<int>(at));
      co_await until([&] { return committed.size() == at + 1; });
      CHECK(world.far.counters().links_lost == lost + 1);
    }
    in.stop();
    CHECK(committed == series(4));
    CHECK(in.counters().settled == 4);
    CHECK(in.counters().refused == 0);
    CHECK(in.counters().duplicates == 0);
    CHECK(world.pending_in("orders") == 0);
  });
}

TEST_CASE("so it is when the server has forgotten the script in between") {
  broken_world world;
  world.send("orders", 1);
  topic_consumer in(world.far, member());
  in.on("orders", [&](topic_delivery& what) -> asio::awaitable<void> {
    // EVALSHA is answered with NOSCRIPT; the reply of EVAL is lost, and the script with it.
    world.server.command({"SCRIPT", "FLUSH"});
    world.proxy.replies().lose(2);
    co_await what.settle();
  });
  world.play([&]() -> asio::awaitable<void> {
    world.run(in);
    co_await until([&] { return in.counters().settled == 1; });
    in.stop();
    CHECK(in.counters().refused == 0);
    CHECK(world.calls("eval") == 2);
  });
}

TEST_CASE("a settle that was cut before the server had it is not taken for done") {
  broken_world world;
  const auto entry = world.send("orders", 1);
  topic_consumer in(world.far, member());
  std::vector<errc> codes;
  in.on("orders", [&](topic_delivery& what) -> asio::awaitable<void> {
    world.proxy.requests().truncate(10, cut::reset);
    world.proxy.refuse_connections();
    world.beside([&]() -> asio::awaitable<void> {
      co_await pause(50ms);
      // Meanwhile another member claims the entry and settles the message, as telstar does it.
      world.server.command({"SET", topic_world::seen_key("orders", 1), "1", "EX", "60"});
      world.server.command({"XACK", topic_world::stream("orders"), "g", entry});
      world.proxy.accept_connections();
    });
    const auto why = co_await failure_of(what.settle());
    codes.push_back(why.which());
  });
  world.play([&]() -> asio::awaitable<void> {
    world.run(in);
    co_await until([&] { return in.counters().refused == 1; });
    in.stop();
    CHECK(codes == std::vector<errc>{errc::already_settled});
  });
}

TEST_CASE("however often links are killed, each message is settled exactly once") {
  broken_world world;
  constexpr int messages = 1'000;
  std::multiset<int> committed;
  auto other_far = world.connect(world.proxy.unix_url());
  topic_consumer one(world.far, member("one"));
  topic_consumer other(other_far, member("other"));
  const auto work = [&](topic_delivery& what) -> asio::awaitable<void> {
    co_await what.settle();
    committed.insert(number_in(what));
  };
  one.on("orders", work);
  other.on("orders", work);
  bool over = false;
  world.play(
      [&]() -> asio::awaitable<void> {
        world.run(one);
        world.run(other);
        world.beside([&]() -> asio::awaitable<void> {
          std::minstd_rand dice(7);
          while (!over) {
            co_await pause(std::chrono::milliseconds(10 + dice() % 40));
            if (dice() % 2 == 0) {
              world.proxy.reset();
            } else {
              world.proxy.replies().truncate(dice() % 1'000, cut::reset);
            }
          }
        });
        for (int n = 0; n < messages; n += 20) {
          world.send_many("orders", 20, n);
          world.send_many("orders", 5, n);  // sent again
          co_await pause(1ms);
        }
        co_await pause(3s);
        over = true;
        world.proxy.heal();
        co_await until([&] { return committed.size() >= messages; }, 40s);
        co_await until([&] { return world.pending_in("orders") == 0; });
        one.stop();
        other.stop();
        const auto all = series(messages);
        CHECK(std::vector<int>(committed.begin(), committed.end()) == all);
        for (const int n : all) CHECK(world.seen("orders", n));
        CHECK(world.far.counters().links_lost > 5);
        CHECK(world.far.counters().resent > 0);
      },
      60s);
}

TEST_CASE("a member lives through restarts of the server") {
  topic_world world(server_options().append_only());
  topic_consumer in(world.redis, member());
  work_log log;
  in.on("orders", log.handler());
  world.play(
      [&]() -> asio::awaitable<void> {
        world.run(in);
        for (int round = 0; round < 3; ++round) {
          world.send_many("orders", 20, round * 20);
          co_await until([&] { return log.size() > static_cast<std::size_t>(round * 20 + 5); });
          world.server.restart();
        }
        co_await until([&] { return in.counters().settled == 60; }, 20s);
        in.stop();
        CHECK(std::set<int>(log.done().begin(), log.done().end()).size() == 60);
        CHECK(world.pending_in("orders") == 0);
        CHECK(in.counters().refused == 0);
      },
      40s);
}

TEST_CASE("a member whose server answers nothing any more is stopped, and its work comes again") {
  const bool fails = GENERATE(false, true);
  CAPTURE(fails);
  broken_world world;
  world.send_many("orders", 5);
  topic_consumer in(world.far, member().retry(sluice::retry_policy::fixed(1s)));
  bool began = false;
  in.on("orders", [&](topic_delivery&) -> asio::awaitable<void> {
    world.proxy.requests().hold();
    began = true;
    if (fails) throw std::runtime_error("not today");
    co_return;
  });
  in.on_error<std::runtime_error>(
      [](const std::runtime_error&, const sluice::delivery&) { return sluice::verdict::retry(); });
  world.beside([&]() -> asio::awaitable<void> {
    co_await until([&] { return began; });
    in.stop();
  });
  world.play([&]() -> asio::awaitable<void> { co_await in.run(); }, 20s);
  world.proxy.heal();
  work_log log;
  topic_consumer heir(world.redis, member());
  heir.on("orders", log.handler());
  world.play([&]() -> asio::awaitable<void> {
    world.run(heir);
    // What the member sent at last may have been executed late.
    co_await until([&] { return log.size() >= 4 && world.pending_in("orders") == 0; });
    heir.stop();
  });
}

TEST_CASE("a producer whose reply is lost sends again under the same ids: worked on once") {
  broken_world world;
  int marked = 0;
  sluice::topic_producer out(world.far);
  const auto source = [&]() -> asio::awaitable<sluice::topic_batch> {
    sluice::topic_batch batch;
    if (marked == 0) {
      const boost::json::object data{{"n", 1}};
      batch.add("orders", sluice::topic_message(*sluice::uuid::parse(id_of(1)), data));
    }
    batch.when_stored([&]() -> asio::awaitable<void> {
      ++marked;
      co_return;
    });
    co_return batch;
  };
  topic_consumer in(world.redis, member());
  work_log log;
  in.on("orders", log.handler());
  world.play([&]() -> asio::awaitable<void> {
    co_await world.far.connect();
    world.proxy.lose_reply(3);  // that of EXEC
    world.beside([&]() -> asio::awaitable<void> { co_await out.run(source); });
    world.run(in);
    co_await until([&] { return marked == 1; });
    co_await until([&] { return in.counters().duplicates == 1; });
    out.stop();
    in.stop();
    CHECK(world.server.command({"XLEN", topic_world::stream("orders")}) == "2");
    CHECK(log.done() == std::vector<int>{1});
  });
}

}  // namespace
