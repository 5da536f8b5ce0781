// A group looked at and looked after from outside: no pending work is lost by it.
#include "support/stream_world.hpp"

#include <sluice/admin/group_desk.hpp>
#include <sluice/testing/fault_proxy.hpp>

#include <algorithm>
#include <string>
#include <thread>

namespace {

using namespace scene;
using sluice::entry_id;
using sluice::errc;
using sluice::start;
using sluice::admin::figure;
using sluice::admin::group_desk;
using sluice::admin::pending_query;

/// The stream "jobs" with entries 1-0 to 10-0, of which "one" has four in hand and "two" two.
struct group_world : stream_world {
  group_world() {
    server.command({"XGROUP", "CREATE", "jobs", "g", "0", "MKSTREAM"});
    for (int i = 1; i <= 10; ++i) {
      const auto n = std::to_string(i);
      server.command({"XADD", "jobs", n + "-0", "n", n});
    }
    read("one", "4");
    read("two", "2");
  }
  std::string read(std::string_view consumer, std::string_view count) {
    return server.command(
        {"XREADGROUP", "GROUP", "g", consumer, "COUNT", count, "STREAMS", "jobs", ">"});
  }

  group_desk desk{redis, "jobs", "g"};
};

TEST_CASE("consumers are listed with what they have in hand, and nobody's names are marked") {
  group_world world;
  world.play([&]() -> asio::awaitable<void> {
    co_await world.desk.release("two");
    const auto all = co_await world.desk.consumers();
    REQUIRE(all.size() == 3);
    CHECK(all[0].name == "one");
    CHECK(all[0].pending == 4);
    CHECK_FALSE(all[0].nobody);
    CHECK(all[1].name == "two");
    CHECK(all[1].pending == 0);
    CHECK(all[2].nobody);
    CHECK(all[2].pending == 2);
  });
}

TEST_CASE("pending entries come in pages, with their content where that is wanted") {
  group_world world;
  world.server.command({"XDEL", "jobs", "2-0"});
  world.play([&]() -> asio::awaitable<void> {
    auto which = pending_query().most(4).with_content(true);
    const auto first = co_await world.desk.pending(which);
    REQUIRE(first.size() == 4);
    CHECK(first[0].id == entry_id(1));
    CHECK(first[0].consumer == "one");
    CHECK(first[0].deliveries == 1);
    REQUIRE(first[0].content);
    CHECK(first[0].content->fields.front().second == "1");
    CHECK_FALSE(first[1].content);
    which.after(first.back().id);
    const auto rest = co_await world.desk.pending(which);
    REQUIRE(rest.size() == 2);
    CHECK(rest[0].consumer == "two");
  });
}

TEST_CASE("they may be those of one consumer, or those that have long been idle") {
  group_world world;
  world.server.command({"XCLAIM", "jobs", "g", "two", "0", "6-0", "IDLE", "60000"});
  world.play([&]() -> asio::awaitable<void> {
    const auto of_two = co_await world.desk.pending(pending_query().consumer("two"));
    CHECK(of_two.size() == 2);
    const auto idle = co_await world.desk.pending(pending_query().idle_for(1min));
    REQUIRE(idle.size() == 1);
    CHECK(idle[0].id == entry_id(6));
    CHECK(idle[0].idle >= 1min);
  });
}

TEST_CASE("a large page comes with all contents, in order") {
  stream_world world;
  world.add("jobs", 1'000);
  world.server.command({"XGROUP", "CREATE", "jobs", "g", "0"});
  world.server.command({"XREADGROUP", "GROUP", "g", "one", "STREAMS", "jobs", ">"});
  world.play([&]() -> asio::awaitable<void> {
    const group_desk desk(world.redis, "jobs", "g");
    const auto which = pending_query().most(1'000).with_content(true);
    const auto page = co_await desk.pending(which);
    REQUIRE(page.size() == 1'000);
    for (std::size_t i = 0; i < 1'000; ++i) {
      REQUIRE(page[i].content);
      CHECK(page[i].content->id == page[i].id);
      CHECK(page[i].content->fields.front().second == std::to_string(i));
    }
  });
}

TEST_CASE("an id or time to come means the end: what is added next is handed out") {
  group_world world;
  world.play([&]() -> asio::awaitable<void> {
    const auto foreseen = co_await world.desk.foresee(start::after(entry_id(5'000'000)));
    CHECK(foreseen.to == entry_id(10));
    co_await world.desk.move(start::after(entry_id(5'000'000)));
    world.server.command({"XADD", "jobs", "11-0", "n", "11"});
    CHECK(world.read("two", "5").find("11") != std::string::npos);
  });
}

TEST_CASE("a stream that is not there has no consumers to tell of, and no group") {
  stream_world world;
  world.play([&]() -> asio::awaitable<void> {
    const group_desk desk(world.redis, "none", "g");
    for (int i = 0; i < 2; ++i) {
      const auto failure = co_await failure_of(desk.consumers());
      CHECK(failure.code() == errc::no_group);
      world.server.command({"XADD", "none", "*", "n", "1"});
    }
    const auto removal = co_await failure_of(desk.remove_consumer("one"));
    CHECK(removal.code() == errc::no_group);
  });
}

TEST_CASE("looking at a group makes no consumer and counts as no delivery") {
  group_world world;
  world.play([&]() -> asio::awaitable<void> {
    co_await world.desk.pending(pending_query().with_content(true));
    co_await world.desk.consumers();
    const auto all = co_await world.desk.consumers();
    CHECK(all.size() == 2);
    const auto again = co_await world.desk.pending();
    CHECK(again[0].deliveries == 1);
  });
}

TEST_CASE("a consumer is removed once its work is given back, and a member gets all of it") {
  group_world world;
  world.play([&]() -> asio::awaitable<void> {
    const bool removed = co_await world.desk.remove_consumer("one");
    CHECK(removed);
    const auto left = co_await world.desk.consumers();
    CHECK(std::none_of(left.begin(), left.end(), [](auto& each) { return each.name == "one"; }));
    sluice::group_consumer heir(
        world.redis,
        sluice::group("g").consumer("heir").stream("jobs").heartbeat(100ms).claim_timeout(1min));
    auto found = co_await numbers(heir, 8);
    std::sort(found.begin(), found.end());
    CHECK(found == std::vector<int>{1, 2, 3, 4, 7, 8, 9, 10});
    heir.close();
  });
}

TEST_CASE("a consumer with more in hand than a step takes loses nothing either") {
  stream_world world;
  world.add("jobs", 350);
  world.server.command({"XGROUP", "CREATE", "jobs", "g", "0"});
  world.server.command({"XREADGROUP", "GROUP", "g", "one", "STREAMS", "jobs", ">"});
  world.play([&]() -> asio::awaitable<void> {
    const group_desk desk(world.redis, "jobs", "g");
    const auto released = co_await desk.release("one");
    CHECK(released == 350);
    const bool removed = co_await desk.remove_consumer("one");
    CHECK(removed);
    CHECK(world.pending("jobs", "g") == 350);
    const bool again = co_await desk.remove_consumer("one");
    CHECK_FALSE(again);
  });
}

TEST_CASE("a consumer that takes entries as fast as they are given back is not fought for ever") {
  stream_world world;
  world.add("jobs", 1'000);
  world.server.command({"XGROUP", "CREATE", "jobs", "g", "0"});
  sluice::testing::fault_proxy proxy(world.server);
  auto link = world.connect(proxy.url());
  const group_desk desk(link, "jobs", "g");
  bool over = false;
  world.play([&]() -> asio::awaitable<void> {
    const auto read = [&] {
      world.server.command(
          {"XREADGROUP", "GROUP", "g", "one", "COUNT", "1", "STREAMS", "jobs", ">"});
    };
    read();
    co_await link.connect();
    proxy.replies().hold();
    // No answer passes before the consumer has taken one more. Nothing is asked meanwhile, as this
    // is the thread that would.
    const auto count = [&] { return proxy.replies().counts(); };
    world.beside([&]() -> asio::awaitable<void> {
      while (!over) {
        co_await pause(1ms);
        const auto known = count();
        if (known.frames_passed == known.frames_received) continue;
        read();
        proxy.replies().release();
        while (count().frames_passed < known.frames_received) std::this_thread::yield();
        proxy.replies().hold();
      }
    });
    const auto failure = co_await failure_of(desk.remove_consumer("one"));
    over = true;
    CHECK(failure.code() == errc::overloaded);
    CHECK(world.calls("xgroup|delconsumer") == 0);
  });
}

TEST_CASE("a group with pending entries is kept, unless they are to be dropped") {
  group_world world;
  world.play([&]() -> asio::awaitable<void> {
    const auto kept = co_await world.desk.remove();
    CHECK_FALSE(kept.removed);
    CHECK(kept.pending == 6);
    CHECK(world.pending("jobs", "g") == 6);
    co_await world.desk.release("one");
    const auto gone = co_await world.desk.remove(true);
    CHECK(gone.removed);
    CHECK(gone.pending == 6);
    CHECK(world.server.command({"KEYS", "jobs:sluice:g:released"}).empty());
    const auto missing = co_await world.desk.remove();
    CHECK_FALSE(missing.removed);
    CHECK(missing.pending == 0);
  });
}

TEST_CASE("a group is moved back, and what it had comes again") {
  group_world world;
  world.play([&]() -> asio::awaitable<void> {
    const auto foreseen = co_await world.desk.foresee(start::after(entry_id(3)));
    CHECK(foreseen.from == entry_id(6));
    CHECK(foreseen.back());
    CHECK(foreseen.entries == figure{3, false});
    const auto moved = co_await world.desk.move(start::after(entry_id(3)));
    CHECK(moved.entries == foreseen.entries);
    CHECK(world.read("three", "1").find("4-0") != std::string::npos);
  });
}

TEST_CASE("what is pending behind the new position is told, and comes again for another reader") {
  group_world world;
  world.server.command({"XACK", "jobs", "g", "5-0"});
  world.play([&]() -> asio::awaitable<void> {
    const auto ahead = co_await world.desk.foresee(start::latest());
    CHECK(ahead.pending == 0);
    const auto all = co_await world.desk.foresee(start::earliest());
    CHECK(all.pending == 5);
    const auto moved = co_await world.desk.move(start::after(entry_id(3)));
    CHECK(moved.pending == 2);
    world.read("three", "1");
    const auto pending = co_await world.desk.pending(pending_query().consumer("three"));
    REQUIRE(pending.size() == 1);
    CHECK(pending[0].id == entry_id(4));
    CHECK(pending[0].deliveries == 1);
  });
}

TEST_CASE("more that is pending than a page holds is counted as well") {
  stream_world world;
  world.add("jobs", 20'005);
  world.server.command({"XGROUP", "CREATE", "jobs", "g", "0"});
  world.server.command(
      {"EVAL", "redis.call('XREADGROUP','GROUP','g','one','STREAMS','jobs','>')", "0"});
  world.play([&]() -> asio::awaitable<void> {
    const group_desk desk(world.redis, "jobs", "g");
    const auto back = co_await desk.foresee(start::earliest());
    CHECK(back.pending == 20'005);
  });
}

TEST_CASE("a position is set once, also when the link breaks before the answer") {
  group_world world;
  sluice::testing::fault_proxy proxy(world.server);
  const group_desk desk(world.connect(proxy.url()), "jobs", "g");
  const auto where = start::after(entry_id(3));
  world.play([&]() -> asio::awaitable<void> {
    co_await desk.foresee(where);
    const auto before = proxy.replies().counts().frames_passed;
    co_await desk.foresee(where);
    const auto questions = proxy.replies().counts().frames_passed - before;
    proxy.lose_reply(questions + 1);
    const auto failure = co_await failure_of(desk.move(where));
    CHECK(failure.code() == errc::outcome_unknown);
    CHECK(world.calls("xgroup|setid") == 1);
  });
}

TEST_CASE("to a wall-clock time: the first entry that comes is the first added then or later") {
  group_world world;
  world.play([&]() -> asio::awaitable<void> {
    const auto at_8_ms = std::chrono::system_clock::time_point(8ms);
    const auto moved = co_await world.desk.move(start::at(at_8_ms));
    CHECK_FALSE(moved.back());
    CHECK(moved.entries == figure{1, false});
    CHECK(world.read("three", "1").find("8-0") != std::string::npos);
  });
}

TEST_CASE("to the end and to the beginning") {
  group_world world;
  world.play([&]() -> asio::awaitable<void> {
    const auto ahead = co_await world.desk.move(start::latest());
    CHECK(ahead.entries == figure{4, false});
    CHECK(world.read("three", "1").empty());
    const auto back = co_await world.desk.move(start::earliest());
    CHECK(back.back());
    CHECK(back.entries == figure{10, false});
    CHECK(world.read("three", "1").find("1-0") != std::string::npos);
  });
}

TEST_CASE("a group that is not there is told, whatever is asked") {
  stream_world world;
  world.add("jobs", 1);
  world.play([&]() -> asio::awaitable<void> {
    const group_desk desk(world.redis, "jobs", "none");
    const auto listing = co_await failure_of(desk.consumers());
    CHECK(listing.code() == errc::no_group);
    const auto pending = co_await failure_of(desk.pending());
    CHECK(pending.code() == errc::no_group);
    const auto moving = co_await failure_of(desk.move(start::latest()));
    CHECK(moving.code() == errc::no_group);
    const auto releasing = co_await failure_of(desk.release("one"));
    CHECK(releasing.code() == errc::no_group);
  });
}

TEST_CASE("what nobody has in hand is not given back again, and no page is endless") {
  group_world world;
  const auto refused = [](auto call) { return code_of(call) == errc::invalid_argument; };
  CHECK(refused([&] { (void)world.desk.release("sluice:released"); }));
  CHECK(refused([&] { (void)world.desk.remove_consumer(""); }));
  CHECK(refused([&] { (void)world.desk.move(start::last(3)); }));
  CHECK(refused([&] { (void)world.desk.pending(pending_query().most(0)); }));
  CHECK(refused([&] { (void)world.desk.pending(pending_query().most(10'001)); }));
}

}  // namespace
