// What mailboxes send, command by command: rivulet's keys and forms, and the native layout's.
#include "integration/monitor.hpp"
#include "support/mailbox_world.hpp"

namespace {

using namespace scene;
using sluice::waiting;

/// What scripts executed of commands that begin with one of these words; times and random names are
/// put as T and RUN.
texts executed(monitor& by, const std::string& words) {
  static const std::regex time("17\\d{14}|18\\d{14}");
  static const std::regex run("[0-9a-f]{32}");
  auto found = by.commands(words);
  for (auto& each : found) {
    each = std::regex_replace(std::regex_replace(each, time, "T"), run, "RUN");
  }
  return found;
}

constexpr auto changes =
    "HSETNX|HSET|HDEL|PEXPIRE|INCRBY|SET|XADD|XTRIM|ZADD|ZREM|ZREMRANGEBY\\w+|DEL|PUBLISH|MULTI";

TEST_CASE("on the wire: a message is written as rivulet writes it, and the write is remembered") {
  mailbox_world world(mailbox_layout::rivulet());
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me");
    co_await me.write("c", "first");
    monitor wire(world.server);
    co_await me.write("c", "Zoe \"1\"");
    const auto sent = executed(wire, changes);
    const texts expected{
        R"("HSETNX" "once:client#me:RUN" "2" "")",
        R"("PEXPIRE" "once:client#me:RUN" "86400000")",
        R"("HDEL" "once:client#me:RUN" "1")",
        R"("INCRBY" "ids:channel#c" "1")",
        R"("ZADD" "messages:channel#c" "2" )"
        R"("{\"id\": 2, \"ts\": T, \"src\": \"me\", \"data\": \"Zoe \\\"1\\\"\"}")",
        R"("HSET" "once:client#me:RUN" "2" "2")",
    };
    CHECK(sent == expected);
  });
}

TEST_CASE("on the wire: rivulet's lock is looked at, and never taken") {
  mailbox_world world(mailbox_layout::rivulet());
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me");
    const texts channels{"c"};
    monitor wire(world.server);
    co_await me.subscribe(channels);
    co_await me.write("c", "text");
    co_await me.read();
    co_await me.unsubscribe(channels);
    const auto sent = executed(wire, "PTTL|SET|EVALSHA|EVAL");
    const auto looks = std::count(sent.begin(), sent.end(), R"("PTTL" "lock:ids:channel#c")");
    CHECK(looks == 3);
    for (const auto& each : sent) CHECK(each.find(R"("SET" "lock)") == std::string::npos);
  });
}

TEST_CASE("on the wire: subscribing, reading and leaving change rivulet's positions") {
  mailbox_world world(mailbox_layout::rivulet());
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me", mailbox_options().buffer(0));
    auto other = world.box("other");
    const texts channels{"c"};
    co_await world.write(other, "c", 3);
    co_await other.subscribe(channels, mailbox_start::earliest);
    monitor wire(world.server);
    co_await me.subscribe(channels, mailbox_start::earliest);
    const auto subscribed = executed(wire, changes);
    const texts joining{R"("ZADD" "clients:channel#c" "0" "me")",
                        R"("ZADD" "indexes:client#me" "0" "c")"};
    CHECK(subscribed == joining);
    co_await me.read(waiting::none(), 2);
    const auto read = executed(wire, std::string(changes) + "|ZRANGEBYSCORE");
    const texts reading{
        R"("ZRANGEBYSCORE" "messages:channel#c" "(0" "+inf" "WITHSCORES" "LIMIT" "0" "2")",
        R"("ZREM" "indexes:client#me" "")",  // of nothing; see the script
        R"("ZADD" "indexes:client#me" "2" "c")",
        R"("ZADD" "clients:channel#c" "2" "me")",
    };
    CHECK(read == reading);
    co_await other.unsubscribe(channels);
    const auto left = executed(wire, changes);
    const texts leaving{R"("ZREM" "indexes:client#other" "c")",
                        R"("ZREM" "clients:channel#c" "other")"};
    CHECK(left == leaving);
    co_await me.unsubscribe(channels);
    const auto last = executed(wire, changes);
    const texts ending{R"("ZREM" "indexes:client#me" "c")", R"("ZREM" "clients:channel#c" "me")",
                       R"("DEL" "messages:channel#c" "ids:channel#c")"};
    CHECK(last == ending);
  });
}

TEST_CASE("on the wire: the native layout keeps messages as entries whose ids are their numbers") {
  mailbox_world world(mailbox_layout::native());
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me", mailbox_options().max_length(100));
    const texts channels{"c"};
    co_await me.subscribe(channels);
    co_await me.write("c", "first");
    monitor wire(world.server);
    co_await me.write("c", "text");
    const auto written = executed(wire, "INCRBY|XADD|XTRIM|SET|PTTL");
    const texts writing{
        R"("INCRBY" "sluice:box:ids:channel#c" "1")",
        R"("XADD" "sluice:box:messages:channel#c" "2-0" "ts" "T" "src" "\"me\"" "data" "\"text\"")",
    };
    CHECK(written == writing);
    co_await me.read();
    const auto read = executed(wire, "XRANGE|ZADD");
    const texts reading{
        R"("XRANGE" "sluice:box:messages:channel#c" "1-0" "+" "COUNT" "8")",
        R"("ZADD" "sluice:box:indexes:client#me" "2" "c")",
        R"("ZADD" "sluice:box:clients:channel#c" "2" "me")",
    };
    CHECK(read == reading);
    CHECK(world.server.command({"TYPE", "sluice:box:messages:channel#c"}) == "stream");
    CHECK(world.server.command({"TYPE", "sluice:box:ids:channel#c"}) == "string");
    CHECK(world.server.command({"TYPE", "sluice:box:clients:channel#c"}) == "zset");
    CHECK(world.server.command({"TYPE", "sluice:box:indexes:client#me"}) == "zset");
  });
}

TEST_CASE("on the wire: a prefix stands before every key") {
  mailbox_world world(mailbox_layout::rivulet("rvl:"));
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me", mailbox_options().max_length(1));
    const texts channels{"c"};
    co_await me.subscribe(channels);
    co_await world.write(me, "c", 3);
    co_await me.read();
    std::istringstream all(world.server.command({"KEYS", "*client#*"}) + "\n" +
                           world.server.command({"KEYS", "*channel#*"}));
    int count = 0;
    for (std::string each; all >> each; ++count) CHECK(each.find("rvl:") == 0);
    CHECK(count == 5);
  });
}

TEST_CASE("on the wire: a commit moves all channels in one step, and rings its bell once") {
  mailbox_world world(mailbox_layout::native());
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me");
    auto writer = world.box("writer");
    const texts channels{"a", "b", "c"};
    co_await me.subscribe(channels);
    co_await writer.write("a", "the scripts are known, and the bells armed, after this");
    co_await me.read();
    co_await me.read();
    for (const auto& each : channels) co_await writer.write(each, "text");
    monitor wire(world.server);
    co_await world.redis.ping();
    const auto rings = world.redis.counters().doorbells;
    const auto came = co_await me.read();
    CHECK(came.size() == 3);
    co_await world.redis.ping();
    const auto sent = executed(wire, "EVALSHA|EVAL");
    CHECK(sent.size() == 2);
    CHECK(world.redis.counters().doorbells - rings == 1);
  });
}

}  // namespace
