// Settling a message: once, in one step, whoever else had it in hand.

#include "support/catch.hpp"
#include "support/topic_world.hpp"

#include <stdexcept>

namespace {

using namespace scene;
using sluice::errc;

TEST_CASE("a handler may settle by itself, as the last thing inside a transaction of its own") {
  topic_world world;
  world.send("orders", 1);
  bool committed = false;
  topic_consumer in(world.redis, member());
  in.on("orders", [&](topic_delivery& what) -> asio::awaitable<void> {
    CHECK_FALSE(world.seen("orders", 1));
    co_await what.settle();
    CHECK(world.seen("orders", 1));
    committed = true;
  });
  world.play([&]() -> asio::awaitable<void> {
    world.run(in);
    co_await until([&] { return committed; });
    in.stop();
    CHECK(world.calls("evalsha") == 1);
    CHECK(world.calls("eval") == 1);
  });
  CHECK(in.counters().settled == 1);
  CHECK(world.redis.counters().acknowledged == 1);
}

TEST_CASE("settling twice is an error") {
  topic_world world;
  world.send("orders", 1);
  boost::system::error_code why;
  topic_consumer in(world.redis, member());
  in.on("orders", [&](topic_delivery& what) -> asio::awaitable<void> {
    co_await what.settle();
    why = code_of([&] { (void)what.settle(); });
  });
  world.play([&]() -> asio::awaitable<void> {
    world.run(in);
    co_await until([&] { return in.counters().settled == 1; });
    in.stop();
    CHECK(why == errc::already_settled);
  });
}

/// Two members whose handlers meet before either settles.
struct rivals {
  rivals(topic_world& world, const std::string& one, const std::string& other)
      : first(world.redis, member(one)), second(world.redis, member(other)) {
    const auto meet = [this](topic_delivery& what) -> asio::awaitable<void> {
      ++begun;
      co_await until([this] { return begun == 2; });
      try {
        co_await what.settle();
        ++committed;
      } catch (const sluice::error& why) {
        codes.push_back(why.which());
        throw;
      }
    };
    first.on("orders", meet);
    second.on("orders", meet);
  }

  topic_consumer first, second;
  int begun = 0, committed = 0;
  std::vector<errc> codes;
};

TEST_CASE("of two members that begin the same message at once exactly one settles it") {
  topic_world world;
  world.send("orders", 1);
  world.send("orders", 1);  // sent again by a producer that crashed
  world.make_group("orders");
  world.give_away("orders", "one");
  world.give_away("orders", "other");
  rivals both(world, "one", "other");
  world.play([&]() -> asio::awaitable<void> {
    world.run(both.first);
    world.run(both.second);
    co_await until([&] { return both.codes.size() == 1 && both.committed == 1; });
    both.first.stop();
    both.second.stop();
    CHECK(both.codes.front() == errc::already_settled);
    CHECK(both.first.counters().refused + both.second.counters().refused == 1);
    CHECK(both.first.counters().failed + both.second.counters().failed == 0);
    CHECK(world.pending_in("orders") == 0);
  });
}

TEST_CASE("a member whose entry was claimed does not settle it; who claimed it does") {
  topic_world world;
  const auto entry = world.send("orders", 1);
  std::vector<errc> codes;
  topic_consumer in(world.redis, member());
  in.on("orders", [&](topic_delivery& what) -> asio::awaitable<void> {
    world.server.command({"XCLAIM", topic_world::stream("orders"), "g", "thief", "0", entry});
    const auto why = co_await failure_of(what.settle());
    codes.push_back(why.which());
    throw why;
  });
  world.play([&]() -> asio::awaitable<void> {
    world.run(in);
    co_await until([&] { return in.counters().refused == 1; });
    in.stop();
    CHECK(codes == std::vector<errc>{errc::lease_lost});
    CHECK_FALSE(world.seen("orders", 1));
    CHECK(world.pending_in("orders") == 1);
  });
}

TEST_CASE("who claimed a message that its first member settles afterwards has worked in vain") {
  topic_world world;
  const auto entry = world.send("orders", 1);
  topic_consumer in(world.redis, member());
  in.on("orders", [&](topic_delivery&) -> asio::awaitable<void> {
    // As telstar's first member does it, which does not look whose the entry is.
    world.server.command({"SET", topic_world::seen_key("orders", 1), "1", "EX", "1209600"});
    world.server.command({"XACK", topic_world::stream("orders"), "g", entry});
    co_return;
  });
  world.play([&]() -> asio::awaitable<void> {
    world.run(in);
    co_await until([&] { return in.counters().refused == 1; });
    in.stop();
    CHECK(in.counters().settled == 0);
    CHECK(world.pending_in("orders") == 0);
  });
}

TEST_CASE("an entry that somebody acknowledged unseen is not settled again") {
  topic_world world;
  const auto entry = world.send("orders", 1);
  topic_consumer in(world.redis, member());
  sluice::error why;
  in.on("orders", [&](topic_delivery& what) -> asio::awaitable<void> {
    world.server.command({"XACK", topic_world::stream("orders"), "g", entry});
    why = co_await failure_of(what.settle());
  });
  world.play([&]() -> asio::awaitable<void> {
    world.run(in);
    co_await until([&] { return in.counters().refused == 1; });
    in.stop();
    CHECK(why.code() == errc::already_settled);
    CHECK_FALSE(world.seen("orders", 1));
  });
}

TEST_CASE("without its group nothing can be settled; the group is made again and the work too") {
  topic_world world;
  world.send("orders", 1);
  int begun = 0;
  topic_consumer in(world.redis, member());
  in.on("orders", [&](topic_delivery&) -> asio::awaitable<void> {
    if (++begun == 1) {
      world.server.command({"XGROUP", "DESTROY", topic_world::stream("orders"), "g"});
    }
    co_return;
  });
  world.play([&]() -> asio::awaitable<void> {
    world.run(in);
    co_await until([&] { return in.counters().refused == 1; });
    world.send("orders", 2);
    co_await until([&] { return in.counters().settled == 2; });
    in.stop();
    CHECK(begun == 3);
  });
}

TEST_CASE("a server without memory refuses to settle, and that is waited out") {
  topic_world world;
  world.send("orders", 1);
  topic_consumer in(world.redis, member());
  in.on("orders", [&](topic_delivery& what) -> asio::awaitable<void> {
    world.server.command({"CONFIG", "SET", "maxmemory", "1"});
    const auto why = co_await failure_of(what.settle());
    CHECK(why.code() == errc::out_of_memory);
    world.beside([&]() -> asio::awaitable<void> {
      co_await pause(200ms);
      world.server.command({"CONFIG", "SET", "maxmemory", "0"});
    });
  });
  world.play([&]() -> asio::awaitable<void> {
    world.run(in);
    co_await until([&] { return in.counters().settled == 1; });
    in.stop();
    CHECK(world.seen("orders", 1));
  });
}

TEST_CASE("what the server remembers of settles is what it may be asked about") {
  topic_world world;
  world.send_many("orders", 200);
  topic_consumer in(world.redis, member());
  in.on("orders", work_log().handler());
  world.play([&]() -> asio::awaitable<void> {
    world.run(in);
    co_await until([&] { return in.counters().settled == 200; });
    in.stop();
    const auto key = world.server.command({"KEYS", "telstar:settles:*"});
    CHECK(world.server.command({"HLEN", key}) == "1");
    CHECK(std::stoi(world.server.command({"TTL", key})) > 1'209'590);
  });
}

TEST_CASE("what the server remembers of settles expires, also when it has lost it in between") {
  topic_world world;
  world.send_many("orders", 3);
  const auto settles = [&] { return world.server.command({"KEYS", "telstar:settles:*"}); };
  topic_consumer in(world.redis, member());
  in.on("orders", [&](topic_delivery& what) -> asio::awaitable<void> {
    if (number_in(what) == 1) world.server.command({"DEL", settles()});
    co_return;
  });
  world.play([&]() -> asio::awaitable<void> {
    world.run(in);
    co_await until([&] { return in.counters().settled == 3; });
    in.stop();
    CHECK(std::stoi(world.server.command({"TTL", settles()})) > 1'209'590);
  });
}

}  // namespace
