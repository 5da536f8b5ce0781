// Streams, their groups and their entries, looked at and looked after from outside.
#include "support/stream_world.hpp"

#include <sluice/admin/group_desk.hpp>
#include <sluice/admin/seen_marks.hpp>
#include <sluice/admin/stream_desk.hpp>
#include <sluice/admin/stream_list.hpp>

#include <map>
#include <string>

namespace {

using namespace scene;
using sluice::entry_id;
using sluice::errc;
using sluice::admin::figure;
using sluice::admin::group_facts;
using sluice::admin::stream_desk;

/// A stream of entries 1-0, 2-0, … and groups that have read some of them.
struct desk_world : stream_world {
  desk_world() { server.command({"XGROUP", "CREATE", "jobs", "g", "0", "MKSTREAM"}); }

  void fill(int count, const std::string& ms = "") {
    for (int i = 1; i <= count; ++i) {
      const auto id = ms.empty() ? std::to_string(i) + "-0" : ms + '-' + std::to_string(i);
      server.command({"XADD", "jobs", id, "n", std::to_string(i)});
    }
  }
  void read(int count, std::string_view consumer = "one", std::string_view group = "g") {
    server.command({"XREADGROUP", "GROUP", group, consumer, "COUNT", std::to_string(count),
                    "STREAMS", "jobs", ">"});
  }
  void acknowledge(std::string_view id, std::string_view group = "g") {
    server.command({"XACK", "jobs", group, id});
  }
  asio::awaitable<group_facts> group() {
    const auto all = co_await desk.groups();
    REQUIRE(all.size() == 1);
    co_return all.front();
  }

  stream_desk desk{redis, "jobs"};
};

TEST_CASE("streams are found by a pattern among many keys, each once, and nothing else is") {
  stream_world world;
  world.play([&]() -> asio::awaitable<void> {
    world.server.command({"EVAL",
                          "for i=1,3000 do redis.call('SET','orders:'..i,1) end "
                          "for i=1,50 do redis.call('XADD','orders:s'..i,'*','n',1) end",
                          "0"});
    world.server.command({"XADD", "other", "*", "n", "1"});
    sluice::admin::stream_list list(world.redis, "orders:*");
    const auto found = co_await list.rest();
    CHECK(found.size() == 50);
    CHECK(found.front() == "orders:s1");
    const auto none = co_await list.next();
    CHECK(none.empty());
    CHECK(world.calls("keys") == 0);
  });
}

TEST_CASE("a stream tells its length, its ends, its memory and its dead letters") {
  desk_world world;
  world.fill(3);
  world.server.command({"XADD", "jobs:dead", "*", "n", "1"});
  world.play([&]() -> asio::awaitable<void> {
    const auto facts = co_await world.desk.facts();
    REQUIRE(facts);
    CHECK(facts->name == "jobs");
    CHECK(facts->length == 3);
    CHECK(facts->first == entry_id(1));
    CHECK(facts->last == entry_id(3));
    CHECK(facts->last_generated == entry_id(3));
    CHECK(facts->groups == 1);
    CHECK(facts->bytes.value_or(0) > 0);
    CHECK(facts->dead_letters == 1);
  });
}

TEST_CASE("dead letters that cannot be counted are not taken for none") {
  desk_world world;
  world.play([&]() -> asio::awaitable<void> {
    auto facts = co_await world.desk.facts();
    CHECK(facts->dead_letters == 0);
    world.server.command({"SET", "jobs:dead", "text"});
    facts = co_await world.desk.facts();
    CHECK_FALSE(facts->dead_letters);
  });
}

TEST_CASE("a stream that is not there has no facts and no groups, and one that is none is told") {
  stream_world world;
  world.server.command({"SET", "text", "x"});
  world.play([&]() -> asio::awaitable<void> {
    const stream_desk none(world.redis, "none"), text(world.redis, "text");
    const auto facts = co_await none.facts();
    CHECK_FALSE(facts);
    const auto groups = co_await none.groups();
    CHECK(groups.empty());
    const auto failure = co_await failure_of(text.facts());
    CHECK(failure.code() == errc::wrong_type);
  });
}

TEST_CASE("a group's oldest unprocessed entry is the pending one, else the first that is unread") {
  desk_world world;
  world.fill(4);
  world.play([&]() -> asio::awaitable<void> {
    auto facts = co_await world.group();
    CHECK(facts.oldest == entry_id(1));
    CHECK(facts.age > std::chrono::hours(24 * 365));
    world.read(2);
    facts = co_await world.group();
    CHECK(facts.pending == 2);
    CHECK(facts.consumers == 1);
    CHECK(facts.oldest == entry_id(1));
    world.acknowledge("1-0");
    world.acknowledge("2-0");
    facts = co_await world.group();
    CHECK(facts.oldest == entry_id(3));
    CHECK(facts.lag == figure{2, false});
    world.read(2);
    world.acknowledge("3-0");
    world.acknowledge("4-0");
    facts = co_await world.group();
    CHECK_FALSE(facts.oldest);
    CHECK(facts.age.count() == 0);
    CHECK(facts.lag == figure{0, false});
  });
}

TEST_CASE("where the server does not know the lag a small one is counted") {
  desk_world world;
  world.fill(50);
  world.read(10);
  world.server.command({"XDEL", "jobs", "30-0"});
  REQUIRE(world.server.command({"XINFO", "GROUPS", "jobs"}).find("39") == std::string::npos);
  world.play([&]() -> asio::awaitable<void> {
    const auto facts = co_await world.group();
    CHECK(facts.lag == figure{39, false});
  });
}

TEST_CASE("a large one is worked out from the ids, and marked so") {
  desk_world world;
  const bool same_millisecond = GENERATE(false, true);
  world.fill(1'000, same_millisecond ? "7" : "");
  world.read(500);
  world.server.command({"XDEL", "jobs", same_millisecond ? "7-700" : "700-0"});
  world.play([&]() -> asio::awaitable<void> {
    const auto facts = co_await world.group();
    CHECK(facts.lag.estimated);
    CHECK(facts.lag.count > 480);
    CHECK(facts.lag.count < 520);
  });
}

TEST_CASE("what was trimmed before a group got it is no lag") {
  desk_world world;
  world.fill(50);
  world.server.command({"XTRIM", "jobs", "MAXLEN", "5"});
  world.play([&]() -> asio::awaitable<void> {
    const auto facts = co_await world.group();
    CHECK(facts.lag == figure{5, false});
  });
}

TEST_CASE("one entry is read, and removed once") {
  desk_world world;
  world.fill(2);
  world.play([&]() -> asio::awaitable<void> {
    const auto found = co_await world.desk.find(entry_id(2));
    REQUIRE(found);
    REQUIRE(found->fields.size() == 1);
    CHECK(found->fields.front().first == "n");
    CHECK(found->fields.front().second == "2");
    const bool removed = co_await world.desk.remove(entry_id(2));
    CHECK(removed);
    const bool again = co_await world.desk.remove(entry_id(2));
    CHECK_FALSE(again);
    const auto gone = co_await world.desk.find(entry_id(2));
    CHECK_FALSE(gone);
  });
}

TEST_CASE("trimming takes what every group has acknowledged, and nothing that one of them needs") {
  desk_world world;
  world.server.command({"XGROUP", "CREATE", "jobs", "slow", "0"});
  world.fill(20);
  world.read(20);
  for (int i = 1; i <= 20; ++i) world.acknowledge(std::to_string(i) + "-0");
  world.read(12, "two", "slow");
  for (int i = 1; i <= 12; ++i) {
    if (i != 8) world.acknowledge(std::to_string(i) + "-0", "slow");
  }
  world.play([&]() -> asio::awaitable<void> {
    const auto spent = co_await world.desk.spent();
    CHECK(spent.edge == entry_id(8));
    CHECK(spent.entries == figure{7, false});
    const auto trimmed = co_await world.desk.trim(true);
    CHECK(trimmed.entries == figure{7, false});
    const auto facts = co_await world.desk.facts();
    CHECK(facts->first == entry_id(8));
    CHECK(facts->length == 13);
  });
}

TEST_CASE("trimming by blocks takes all of a long stream but what shares one with a needed entry") {
  stream_world world;
  world.add("jobs", 25'050);
  world.server.command({"XGROUP", "CREATE", "jobs", "g", "$"});
  world.play([&]() -> asio::awaitable<void> {
    const stream_desk desk(world.redis, "jobs");
    const auto trimmed = co_await desk.trim();
    CHECK(trimmed.edge);
    CHECK(trimmed.entries == figure{25'000, false});
    const auto facts = co_await desk.facts();
    CHECK(facts->length == 50);
    const auto again = co_await desk.trim();
    CHECK(again.entries.count == 0);
  });
}

TEST_CASE("a stream without groups is not trimmed, as nobody is known to be done with it") {
  stream_world world;
  world.add("alone", 5);
  world.play([&]() -> asio::awaitable<void> {
    const stream_desk desk(world.redis, "alone");
    const auto spent = co_await desk.spent();
    CHECK_FALSE(spent.edge);
    const auto trimmed = co_await desk.trim(true);
    CHECK(trimmed.entries.count == 0);
    const auto facts = co_await desk.facts();
    CHECK(facts->length == 5);
  });
}

TEST_CASE("a group's seen marks are counted, and those of names that begin alike are not") {
  stream_world world;
  world.server.command({"EVAL",
                        "local id='-0000-4000-8000-000000000000' "
                        "for i=0,99 do redis.call('SET','telstar:seen:t:g:'.."
                        "string.format('%08d',i)..id,1) end "
                        "for _,k in ipairs({'t:g2:','t:gg:','t:h:','t2:g:','t:g:h:'}) do "
                        "redis.call('SET','telstar:seen:'..k..'00000000'..id,1) end",
                        "0"});
  world.play([&]() -> asio::awaitable<void> {
    const auto seen = co_await sluice::admin::count_seen(world.redis, "t", "g");
    CHECK(seen == 100);
    const auto pattern = co_await sluice::admin::count_seen(world.redis, "t", "g*");
    CHECK(pattern == 0);
    const auto all = co_await sluice::admin::seen_by_group(world.redis, "t");
    const std::map<std::string, std::size_t> expected{
        {"g", 100}, {"g2", 1}, {"gg", 1}, {"h", 1}, {"g:h", 1}};
    CHECK(all == expected);
    const auto prefixed = co_await sluice::admin::count_seen(world.redis, "t", "g", "other:");
    CHECK(prefixed == 0);
  });
}

TEST_CASE("seen marks are exact but where two topics and groups have one name for them") {
  stream_world world;
  const auto mark = [&world](const std::string& whose, char last) {
    const std::string id = "00000000-0000-4000-8000-00000000000";
    world.server.command({"SET", "telstar:seen:" + whose + ':' + id + last, "1"});
  };
  for (const auto each : {'1', '2'}) mark("a:b:c", each);  // of "a" and "b:c"
  for (const auto each : {'2', '3'}) mark("a:b:c", each);  // of "a:b" and "c"
  mark("a:b", '4');
  world.play([&]() -> asio::awaitable<void> {
    const auto one = co_await sluice::admin::count_seen(world.redis, "a", "b:c");
    const auto other = co_await sluice::admin::count_seen(world.redis, "a:b", "c");
    CHECK(one == 3);
    CHECK(other == 3);
    const auto plain = co_await sluice::admin::count_seen(world.redis, "a", "b");
    CHECK(plain == 1);
  });
}

TEST_CASE("names are checked at once") {
  stream_world world;
  CHECK(code_of([&] { stream_desk(world.redis, ""); }) == errc::invalid_argument);
  CHECK(code_of([&] { sluice::admin::stream_list(world.redis, ""); }) == errc::invalid_argument);
  CHECK(code_of([&] { sluice::admin::group_desk(world.redis, "s", ""); }) ==
        errc::invalid_argument);
  CHECK(code_of([&] { (void)sluice::admin::count_seen(world.redis, "t", ""); }) ==
        errc::invalid_argument);
  CHECK(code_of([&] { (void)sluice::admin::seen_by_group(world.redis, ""); }) ==
        errc::invalid_argument);
}

}  // namespace
