#include "support/stream_world.hpp"

#include <sluice/flow/branch.hpp>
#include <sluice/flow/from_list.hpp>
#include <sluice/flow/into.hpp>
#include <sluice/flow/map.hpp>
#include <sluice/flow/on_error.hpp>
#include <sluice/flow/partition.hpp>
#include <sluice/group/dead_letters.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace scene;
namespace flow = sluice::flow;
using sluice::list_end;

int number_in(const flow::list_element& which) { return std::stoi(which.text()); }

struct list_world : stream_world {
  using stream_world::stream_world;

  void push(const std::string& key, int count, int first = 0) {
    server.command({"EVAL", "for i=0,ARGV[1]-1 do redis.call('RPUSH',KEYS[1],ARGV[2]+i) end", "1",
                    key, std::to_string(count), std::to_string(first)});
  }
  long length(const std::string& key) { return std::stol(server.command({"LLEN", key})); }
  /// How many elements processes have taken and are not done with.
  long in_hand(const std::string& key) {
    return std::stol(server.command(
        {"EVAL",
         "local n=0 for _,k in ipairs(redis.call('KEYS','sluice:processing:'..KEYS[1]..':*')) do "
         "if redis.call('TYPE',k).ok=='list' then n=n+redis.call('LLEN',k) end end return n",
         "1", key}));
  }
  std::vector<std::string> all_of(const std::string& key) {
    std::vector<std::string> found;
    for (long i = 0; i < length(key); ++i) {
      found.push_back(server.command({"LINDEX", key, std::to_string(i)}));
    }
    return found;
  }
  void run(flow::pipeline made) {
    play([&]() -> asio::awaitable<void> { co_await made.run(); });
  }
  flow::list_elements drain(const flow::lists& what,
                            const sluice::retry_policy& retry = sluice::retry_policy::fixed(1ms)) {
    return flow::from_list(redis, flow::lists(what).wait(sluice::waiting::none()), retry);
  }
};

TEST_CASE("what was pushed at the right comes out at the left, in order, and leaves the server") {
  list_world world;
  const bool kept = GENERATE(true, false);
  world.push("jobs", 1000);
  std::vector<int> seen;
  world.run(world.drain(flow::lists("jobs").keep_until_done(kept)) | flow::map(number_in) |
            flow::into(seen));
  CHECK(seen == series(1000));
  CHECK(world.server.command({"KEYS", "*jobs*"}) == "");
}

TEST_CASE("elements are taken at the right where that is asked for") {
  list_world world;
  const bool kept = GENERATE(true, false);
  world.push("jobs", 5);
  std::vector<int> seen;
  world.run(world.drain(flow::lists("jobs").from(list_end::right).keep_until_done(kept)) |
            flow::map(number_in) | flow::into(seen));
  CHECK(seen == std::vector{4, 3, 2, 1, 0});
}

TEST_CASE("nothing is taken from a list as long as there is something in those before it") {
  list_world world;
  world.push("usual", 300);
  world.push("urgent", 300, 1000);
  std::vector<std::string> seen;
  world.run(world.drain(flow::lists("urgent").list("usual")) |
            flow::map([](const flow::list_element& which) { return which.key(); }) |
            flow::into(seen));
  CHECK(seen.size() == 600);
  CHECK(std::ranges::count(seen.begin(), seen.begin() + 300, "urgent") == 300);
}

TEST_CASE("a pipeline that waits is woken by what is pushed to any of its lists") {
  list_world world;
  const bool kept = GENERATE(true, false);
  std::vector<int> seen;
  auto made = flow::from_list(world.redis, flow::lists("one").list("two").keep_until_done(kept)) |
              flow::map(number_in) | flow::into(seen);
  world.beside([&]() -> asio::awaitable<void> {
    for (int i = 0; i < 20; ++i) {
      world.push(i % 2 == 0 ? "one" : "two", 1, i);
      co_await until([&] { return std::ssize(seen) == i + 1; });
    }
    made.stop();
  });
  world.play([&]() -> asio::awaitable<void> { co_await made.run(); });
  CHECK(seen == series(20));
}

TEST_CASE("a pipeline ends when nothing came for as long as it waits") {
  list_world world;
  world.push("jobs", 3);
  std::vector<int> seen;
  world.run(flow::from_list(world.redis, flow::lists("jobs").wait(100ms)) | flow::map(number_in) |
            flow::into(seen));
  CHECK(seen == series(3));
}

TEST_CASE("an element stays on the server until it is done with on every branch") {
  list_world world;
  world.push("jobs", 1);
  long held = -1;
  const auto slow = [&](int) -> asio::awaitable<void> {
    co_await pause(20ms);
    held = world.in_hand("jobs");
  };
  world.run(world.drain(flow::lists("jobs")) | flow::map(number_in) |
            flow::branch(flow::sink([](int) {}), flow::sink(slow)));
  CHECK(held == 1);
  CHECK(world.in_hand("jobs") == 0);
}

TEST_CASE("an element of which nothing is kept is gone when it is taken") {
  list_world world;
  world.push("jobs", 1);
  std::string keys = "?";
  world.run(world.drain(flow::lists("jobs").keep_until_done(false)) | flow::map(number_in) |
            flow::sink([&](int) {
              keys = world.server.command({"KEYS", "*jobs*"});
            }));
  CHECK(keys == "");
}

TEST_CASE("an element that fails is tried again alone") {
  list_world world;
  const bool kept = GENERATE(true, false);
  world.push("jobs", 10);
  int attempts = 0;
  const auto fails_twice = [&](int n) {
    if (n == 4 && ++attempts < 3) throw std::runtime_error("not now");
    return n;
  };
  std::vector<int> seen;
  world.run(world.drain(flow::lists("jobs").keep_until_done(kept)) | flow::map(number_in) |
            flow::map(fails_twice) | flow::into(seen));
  CHECK(attempts == 3);
  std::ranges::sort(seen);
  CHECK(seen == series(10));
  CHECK(world.in_hand("jobs") == 0);
}

TEST_CASE("what fails for good is a dead letter of its list, which can be pushed again") {
  list_world world;
  const bool kept = GENERATE(true, false);
  world.push("jobs", 3);
  const auto fails = [](int n) {
    if (n == 1) throw std::runtime_error("one");
    return n;
  };
  std::vector<int> seen;
  world.run(world.drain(flow::lists("jobs").keep_until_done(kept),
                        sluice::retry_policy::fixed(1ms).attempts(2)) |
            flow::map(number_in) | flow::map(fails) | flow::into(seen));
  CHECK(seen == std::vector{0, 2});
  CHECK(world.in_hand("jobs") == 0);
  const auto dead = sluice::dead_letters(world.redis, sluice::dead_letters::stream_of("jobs"));
  world.play([&]() -> asio::awaitable<void> {
    const auto all = co_await dead.list();
    REQUIRE(all.size() == 1);
    CHECK(all[0].error_text() == "one");
    CHECK(all[0].deliveries() == 2);
    CHECK(all[0].field("element") == "1");
    const auto back = co_await dead.redrive(all[0].id());
    CHECK(back == sluice::entry_id());
  });
  CHECK(world.all_of("jobs") == std::vector<std::string>{"1"});
  CHECK(world.length("jobs") == 1);
}

TEST_CASE("a pipeline that stops puts back what has not come to the end, in order") {
  list_world world;
  const bool kept = GENERATE(true, false);
  world.push("jobs", 500);
  int done = 0;
  const auto slow = [&](int) -> asio::awaitable<void> {
    co_await pause(done < 20 ? 0ms : 10s);
    ++done;
  };
  auto made = flow::from_list(world.redis, flow::lists("jobs").keep_until_done(kept)) |
              flow::map(number_in) | flow::sink(slow);
  made.drain_within(20ms);
  world.beside([&]() -> asio::awaitable<void> {
    while (done < 20) co_await pause(1ms);
    made.stop();
  });
  world.play([&]() -> asio::awaitable<void> { co_await made.run(); });
  CHECK(world.in_hand("jobs") == 0);
  std::vector<int> rest;
  world.run(world.drain(flow::lists("jobs")) | flow::map(number_in) | flow::into(rest));
  CHECK(rest == series(480, 20));
}

TEST_CASE("what is left pending is put back when the pipeline ends") {
  list_world world;
  world.push("jobs", 3);
  const auto fails = [](int n) {
    if (n == 1) throw std::runtime_error("one");
    return n;
  };
  world.run(world.drain(flow::lists("jobs")) | flow::map(number_in) | flow::map(fails) |
            flow::on_error(sluice::verdict::leave()) | flow::sink([](int) {}));
  CHECK(world.all_of("jobs") == std::vector<std::string>{"1"});
}

TEST_CASE("no more is taken than there is room for") {
  list_world world;
  world.push("jobs", 1000);
  bool open = false;
  const auto gate = [&](int) -> asio::awaitable<void> {
    while (!open) co_await pause(1ms);
  };
  auto made = flow::from_list(world.redis, flow::lists("jobs").prefetch(10)) |
              flow::map(number_in) | flow::sink(gate);
  long least = 0;
  world.beside([&]() -> asio::awaitable<void> {
    co_await until([&] { return world.length("jobs") < 1000; });
    co_await pause(50ms);
    least = world.length("jobs");
    open = true;
    made.stop();
  });
  world.play([&]() -> asio::awaitable<void> { co_await made.run(); });
  CHECK(least >= 970);
}

TEST_CASE("a key of another type ends the run, and is named") {
  list_world world;
  const bool kept = GENERATE(true, false);
  world.server.command({"SET", "jobs", "none"});
  try {
    world.run(flow::from_list(world.redis, flow::lists("jobs").keep_until_done(kept)) |
              flow::sink([](const flow::list_element&) {}));
    FAIL("it ran");
  } catch (const sluice::error& why) {
    CHECK(why.which() == sluice::errc::wrong_type);
    CHECK(std::string(why.what()).find("jobs") != std::string::npos);
  }
}

TEST_CASE("what cannot be taken from is refused at once") {
  list_world world;
  const auto refused = [&](auto make) { return code_of(make) == sluice::errc::invalid_argument; };
  CHECK(refused([&] { flow::from_list(world.redis, ""); }));
  CHECK(refused([&] { flow::from_list(world.redis, flow::lists("a").list("a")); }));
  CHECK(refused([&] { flow::lists("a").prefetch(0); }));
  CHECK(refused([&] { flow::lists("a").heartbeat(1ms); }));
}

// Word for word what the guarantees print, behind the rights of whoever connects.
std::string rights(bool kept) {
  return "worker on >secret resetkeys ~app:* ~sluice:processing:app:* ~sluice:probe:* "
         "resetchannels +hello +ping +client|setname +client|tracking +command|info +set "
         "+xlen " +
         std::string(kept ? "+multi +exec +eval +evalsha +time "
                            "+lmove +llen +lindex +lrem +lpush +rpush +lpop +zadd +zrem +zscore "
                            "+zrangebyscore +pexpire "
                            "+exists +hget +hincrby +hdel +sadd +srem +del +xadd"
                          : "+lpop +rpop +llen +lpush +rpush +multi +exec +time +xadd");
}

TEST_CASE("these rights are enough to take, to give back, to bury and to put back") {
  const bool kept = GENERATE(true, false);
  list_world world(server_options().acl_line(rights(kept)));
  const auto redis = world.connect(world.server.url() + "?user=worker&password=secret");
  world.push("app:jobs", 200);
  world.server.command({"LPUSH", "sluice:processing:app:jobs:dead", "1000"});
  world.server.command(
      {"ZADD", "sluice:processing:app:jobs", "1", "sluice:processing:app:jobs:dead"});
  int seen = 0;
  const auto work = [&](int n) -> asio::awaitable<void> {
    if (n == 3) throw std::runtime_error("three");
    if (n > 100 && n < 1000) co_await pause(10s);
    ++seen;
  };
  const auto how = flow::lists("app:jobs").keep_until_done(kept).prefetch(150).heartbeat(20ms);
  auto made = flow::from_list(redis, how, sluice::retry_policy::fixed(0ms).attempts(2)) |
              flow::map(number_in) | flow::sink(work).concurrency(2);
  made.drain_within(1ms);
  world.beside([&]() -> asio::awaitable<void> {
    co_await until([&] { return seen >= 100; });
    const auto members = [&] {
      return world.server.command({"ZCARD", "sluice:processing:app:jobs"});
    };
    if (kept) co_await until([&] { return members() == "1"; });
    made.stop();
  });
  world.play([&]() -> asio::awaitable<void> { co_await made.run(); });
  CHECK(world.server.command({"XLEN", "app:jobs:dead"}) == "1");
  CHECK(world.length("app:jobs") >= 99);
  CHECK(world.server.command({"ACL", "LOG"}) == "");
}

}  // namespace
