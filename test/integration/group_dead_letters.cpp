// Entries that were given up: found, brought back, dropped.
#include "support/stream_world.hpp"

#include <sluice/group/dead_letters.hpp>

namespace {

using namespace scene;
using sluice::dead_letter;
using sluice::entry_id;
using sluice::errc;
using sluice::group_consumer;
using sluice::redrive_as;

/// A world in which the group "workers" rejects entries of the stream "jobs".
struct mourning_world : stream_world {
  explicit mourning_world(int dead) {
    play([this, dead] { return reject(dead); });
  }
  asio::awaitable<void> reject(int count) {
    add("jobs", count, static_cast<int>(ids.size()));
    for (int i = 0; i < count; ++i) {
      auto next = co_await self.get_entry(5s);
      REQUIRE(next);
      ids.push_back(next->id());
      co_await std::move(*next).reject("no use", "it says why");
    }
  }

  group_consumer self{redis, sluice::group("workers").consumer("self").stream("jobs")};
  sluice::dead_letters letters{redis, sluice::dead_letters::stream_of("jobs")};
  std::vector<entry_id> ids;  // that they had in their stream
};

TEST_CASE("a dead letter tells where it comes from, how it died, and what was in it") {
  mourning_world world(1);
  world.play([&]() -> asio::awaitable<void> {
    const auto size = co_await world.letters.size();
    CHECK(size == 1);
    const auto all = co_await world.letters.list();
    REQUIRE(all.size() == 1);
    const auto found = co_await world.letters.find(all.front().id());
    REQUIRE(found);
    CHECK(found->stream() == "jobs");
    CHECK(found->entry() == world.ids.front());
    CHECK(found->group() == "workers");
    CHECK(found->consumer() == "self");
    CHECK(found->reason() == "no use");
    CHECK(found->error_text() == "it says why");
    CHECK(found->deliveries() == 1);
    CHECK(found->died() >= found->added());
    CHECK(found->field("n") == "0");
    const auto none = co_await world.letters.find(entry_id(1, 1));
    CHECK_FALSE(none);
  });
}

TEST_CASE("they are listed in pages, and what is none of them is passed over") {
  mourning_world world(1);
  world.play([&]() -> asio::awaitable<void> {
    for (int i = 0; i < 5; ++i) world.server.command({"XADD", "jobs:dead", "*", "n", "none"});
    co_await world.reject(2);
    const auto first = co_await world.letters.list(2);
    REQUIRE(first.size() == 2);
    CHECK(first[0].field("n") == "0");
    const auto rest = co_await world.letters.list(2, first[1].id());
    REQUIRE(rest.size() == 1);
    CHECK(rest[0].field("n") == "2");
    const auto end = co_await world.letters.list(2, rest[0].id());
    CHECK(end.empty());
  });
}

TEST_CASE("a dead letter comes back once, under its old id, as if it had never been tried") {
  mourning_world world(1);
  world.play([&]() -> asio::awaitable<void> {
    const auto all = co_await world.letters.list();
    const auto back = co_await world.letters.redrive(all[0].id());
    CHECK(back == world.ids[0]);
    const auto twice = co_await world.letters.redrive(all[0].id());
    CHECK_FALSE(twice);
    auto again = co_await world.self.get_entry(5s);
    REQUIRE(again);
    CHECK(again->id() == world.ids[0]);
    CHECK(again->delivery_count() == 1);
    co_await std::move(*again).ack();
    const auto left = co_await world.letters.size();
    CHECK(left == 0);
  });
}

TEST_CASE("one that its stream has lost, and one that is wanted so, comes back as a new entry") {
  const bool lost = GENERATE(false, true);
  mourning_world world(1);
  world.play([&]() -> asio::awaitable<void> {
    if (lost) world.server.command({"XTRIM", "jobs", "MAXLEN", "0"});
    const auto all = co_await world.letters.list();
    const auto how = lost ? redrive_as::same_entry : redrive_as::new_entry;
    const auto back = co_await world.letters.redrive(all[0].id(), how);
    REQUIRE(back);
    CHECK(*back > world.ids[0]);
    const auto found = co_await numbers(world.self, 1);
    CHECK(found == series(1));
  });
}

TEST_CASE("with other fields it comes back as a new entry that has them") {
  mourning_world world(1);
  world.play([&]() -> asio::awaitable<void> {
    const auto all = co_await world.letters.list();
    const sluice::fields edited("n", "7", "by", "hand");
    const auto back = co_await world.letters.redrive(all[0].id(), edited);
    REQUIRE(back);
    auto again = co_await world.self.get_entry(5s);
    REQUIRE(again);
    CHECK(again->id() == *back);
    CHECK(again->field("n") == "7");
    CHECK(again->field("by") == "hand");
    co_await std::move(*again).ack();
  });
}

TEST_CASE("all come back, but for those that die meanwhile") {
  mourning_world world(3);
  world.play([&]() -> asio::awaitable<void> {
    bool rejects = true;
    world.beside([&]() -> asio::awaitable<void> {
      while (rejects) {
        auto next = co_await world.self.get_entry(50ms);
        if (next) co_await std::move(*next).reject("again");
      }
    });
    const auto count = co_await world.letters.redrive_all();
    CHECK(count == 3);
    co_await until([&] { return world.server.command({"XLEN", "jobs:dead"}) == "3"; });
    rejects = false;
    co_await pause(100ms);
  });
}

TEST_CASE("one that is dropped is gone for good") {
  mourning_world world(2);
  world.play([&]() -> asio::awaitable<void> {
    const auto all = co_await world.letters.list();
    const bool dropped = co_await world.letters.drop(all[0].id());
    CHECK(dropped);
    const bool twice = co_await world.letters.drop(all[0].id());
    CHECK_FALSE(twice);
    const auto rest = co_await world.letters.list();
    REQUIRE(rest.size() == 1);
    CHECK(rest[0].id() == all[1].id());
  });
}

TEST_CASE(
    "a list of none, an entry without fields and a stream without a name are refused at once") {
  mourning_world world(0);
  const auto& letters = world.letters;
  CHECK(code_of([&] { (void)letters.list(0); }) == errc::invalid_argument);
  CHECK(code_of([&] { (void)letters.redrive({}, sluice::fields()); }) == errc::invalid_argument);
  CHECK(code_of([&] { sluice::dead_letters(world.redis, ""); }) == errc::invalid_argument);
}

}  // namespace
