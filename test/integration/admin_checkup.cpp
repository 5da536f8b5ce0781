// What a check-up finds on a real server.
#include "support/stream_world.hpp"

#include <sluice/admin/checkup.hpp>
#include <sluice/redis/subscription.hpp>

#include <algorithm>
#include <string>

namespace {

using namespace scene;
using sluice::admin::finding;
using sluice::admin::severity;

/// The finding of a check, or of a purpose of rights.
finding about(const std::vector<finding>& all, std::string_view check,
              std::string_view words = "") {
  const auto found = std::find_if(all.begin(), all.end(), [&](const finding& each) {
    return each.check == check && each.what.find(words) != std::string::npos;
  });
  REQUIRE(found != all.end());
  return *found;
}

TEST_CASE("a server is looked over: what is set badly comes out with what to do") {
  stream_world world;
  world.server.command({"CONFIG", "SET", "appendonly", "no"});
  world.server.command({"CONFIG", "SET", "save", ""});
  world.server.command({"CONFIG", "SET", "maxmemory", "1gb"});
  world.server.command({"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"});
  world.server.command({"CONFIG", "SET", "client-output-buffer-limit", "pubsub 1mb 1mb 1"});
  world.play([&]() -> asio::awaitable<void> {
    const auto all = co_await sluice::admin::check_server(world.redis);
    CHECK(about(all, "eviction").how_bad == severity::trouble);
    CHECK(about(all, "eviction").advice.find("noeviction") != std::string::npos);
    CHECK(about(all, "persistence").how_bad == severity::warning);
    CHECK(about(all, "output buffers").how_bad == severity::warning);
    CHECK(about(all, "role").how_bad == severity::fine);
    CHECK(about(all, "tracking").how_bad == severity::fine);
    CHECK(about(all, "clock").how_bad == severity::fine);
    CHECK(about(all, "version").what.find("redis ") == 0);
  });
}

TEST_CASE("what the user may not ask is a note, and no failure") {
  stream_world world;
  world.server.command({"ACL", "SETUSER", "default", "-info", "-config", "-time"});
  world.play([&]() -> asio::awaitable<void> {
    const auto all = co_await sluice::admin::check_server(world.redis);
    CHECK(about(all, "eviction, persistence").how_bad == severity::note);
    CHECK(about(all, "output buffers").how_bad == severity::note);
    CHECK(about(all, "clock").how_bad == severity::note);
  });
}

TEST_CASE("rights that are missing are named for each purpose, with and without ACL DRYRUN") {
  const bool may_try = GENERATE(true, false);
  stream_world world;
  world.server.command({"ACL", "SETUSER", "default", "-xack", "-xdel", "-xgroup|create"});
  if (!may_try) world.server.command({"ACL", "SETUSER", "default", "-acl"});
  world.play([&]() -> asio::awaitable<void> {
    const auto all = co_await sluice::admin::check_rights(world.redis, "app");
    const auto group = about(all, "rights", "share work in a group");
    CHECK(group.how_bad == severity::warning);
    CHECK(group.what == "do not suffice to share work in a group: +xack +xgroup|create");
    CHECK(group.advice == "if it has to: ACL SETUSER … +xack +xgroup|create");
    CHECK(about(all, "rights", "bring dead letters back").how_bad == severity::warning);
    CHECK(about(all, "rights", "add entries").how_bad == severity::fine);
    CHECK(about(all, "rights", "take").how_bad == severity::fine);
  });
  CHECK(world.server.command({"KEYS", "app*"}).empty());
}

TEST_CASE("who looks after streams needs scripts and what these call, for trimming and removing") {
  const bool may_try = GENERATE(true, false);
  stream_world world;
  world.server.command(
      {"ACL", "SETUSER", "default", "-eval", "-evalsha", "-xpending", "-xtrim", "-del"});
  if (!may_try) world.server.command({"ACL", "SETUSER", "default", "-acl"});
  world.play([&]() -> asio::awaitable<void> {
    const auto all = co_await sluice::admin::check_rights(world.redis, "app");
    CHECK(about(all, "rights", "look after").what ==
          "do not suffice to look after streams: +xpending +eval +evalsha +xtrim +del");
  });
}

TEST_CASE("keys that a user may not touch are found as well, and nothing is left behind") {
  const bool may_try = GENERATE(true, false);
  stream_world world;
  world.server.command({"ACL", "SETUSER", "default", "resetkeys", "~app*", "~sluice:probe:*"});
  if (!may_try) world.server.command({"ACL", "SETUSER", "default", "-acl"});
  world.play([&]() -> asio::awaitable<void> {
    const auto own = co_await sluice::admin::check_rights(world.redis, "app");
    CHECK(std::all_of(own.begin(), own.end(),
                      [](const finding& each) { return each.how_bad <= severity::note; }));
    const auto others = co_await sluice::admin::check_rights(world.redis, "other");
    CHECK(about(others, "rights", "add entries").how_bad == severity::warning);
    CHECK(about(others, "rights", "add entries").what == "do not suffice to add entries: ~other*");
  });
}

TEST_CASE("channels that members beat on are tried, with and without ACL DRYRUN") {
  const bool may_try = GENERATE(true, false);
  stream_world world;
  world.server.command({"ACL", "SETUSER", "default", "resetchannels", "&mine", "&theirs*"});
  if (!may_try) world.server.command({"ACL", "SETUSER", "default", "-acl"});
  world.play([&]() -> asio::awaitable<void> {
    std::vector<std::string> groups{"mine", "theirs:1"};
    auto all = co_await sluice::admin::check_rights(world.redis, "app", groups);
    CHECK(about(all, "rights", "be heard").how_bad == severity::fine);
    groups.push_back("others");
    all = co_await sluice::admin::check_rights(world.redis, "app", groups);
    const auto found = about(all, "rights", "be heard");
    CHECK(found.how_bad == severity::warning);
    CHECK(found.what ==
          "do not suffice to be heard in a group, and hear who falls silent: &others");
    CHECK(found.advice == "if it has to: ACL SETUSER … &others");
    // Where no group is known, no channel is missing.
    all = co_await sluice::admin::check_rights(world.redis, "app");
    CHECK(about(all, "rights", "be heard").how_bad == severity::fine);
  });
  CHECK(world.server.command({"PUBSUB", "CHANNELS"}).empty());
}

TEST_CASE("a user who may not publish or subscribe is told so, in any group") {
  const bool may_try = GENERATE(true, false);
  stream_world world;
  world.server.command({"ACL", "SETUSER", "default", "-publish", "-subscribe"});
  if (!may_try) world.server.command({"ACL", "SETUSER", "default", "-acl"});
  world.play([&]() -> asio::awaitable<void> {
    const auto all = co_await sluice::admin::check_rights(world.redis, "app");
    const auto found = about(all, "rights", "be heard");
    CHECK(found.what.find(": +publish +subscribe") != std::string::npos);
  });
}

TEST_CASE("the rights of fenced acknowledgements are looked at, and lacking them is a note") {
  stream_world world;
  world.server.command({"ACL", "SETUSER", "default", "-watch", "-exec"});
  world.play([&]() -> asio::awaitable<void> {
    auto all = co_await sluice::admin::check_rights(world.redis, "app");
    CHECK(about(all, "rights", "fence").how_bad == severity::note);
    CHECK(about(all, "rights", "fence").what ==
          "do not suffice to fence acknowledgements at little cost: +watch +exec");
    world.server.command({"ACL", "SETUSER", "default", "-acl"});
    all = co_await sluice::admin::check_rights(world.redis, "app");
    CHECK(about(all, "rights", "fence").what.find("not known whether") == 0);
  });
}

TEST_CASE("what cannot be tried without a trace is a note where there is no ACL DRYRUN") {
  const bool may_try = GENERATE(true, false);
  stream_world world;
  if (!may_try) world.server.command({"ACL", "SETUSER", "default", "-acl"});
  world.play([&]() -> asio::awaitable<void> {
    auto all = co_await sluice::admin::check_rights(world.redis, "app");
    const auto expected = may_try ? severity::fine : severity::note;
    CHECK(about(all, "rights", "be a producer with a name").how_bad == expected);
    world.server.command({"ACL", "SETUSER", "default", "-hget"});
    all = co_await sluice::admin::check_rights(world.redis, "app");
    CHECK(about(all, "rights", "be a producer with a name").how_bad == severity::warning);
  });
  CHECK(world.server.command({"KEYS", "app*"}).empty());
}

TEST_CASE("a check of rights never speaks in the groups that it is about") {
  stream_world world;
  world.server.command({"ACL", "SETUSER", "default", "-acl"});
  world.play([&]() -> asio::awaitable<void> {
    auto ear = sluice::subscription(world.redis, sluice::channels("workers"));
    co_await ear.ready();
    std::vector<std::string> groups(1, "workers");
    co_await sluice::admin::check_rights(world.redis, "app", std::move(groups));
    co_await world.redis.ping();
    CHECK(ear.queued() == 0);
  });
}

TEST_CASE("the groups of a stream are looked at with their consumers") {
  stream_world world;
  world.add("jobs", 5);
  world.server.command({"XGROUP", "CREATE", "jobs", "g", "0"});
  world.server.command({"XREADGROUP", "GROUP", "g", "one", "COUNT", "2", "STREAMS", "jobs", ">"});
  world.play([&]() -> asio::awaitable<void> {
    std::vector<std::string> names(1, "jobs");
    const auto all = co_await sluice::admin::states_of(world.redis, std::move(names));
    const auto& states = all.found;
    REQUIRE(states.size() == 1);
    CHECK(states[0].facts.lag.count == 3);
    REQUIRE(states[0].consumers.size() == 1);
    CHECK(states[0].consumers[0].pending == 2);
    const auto found = sluice::admin::check_group(states[0], std::nullopt, 0ms);
    CHECK(found.size() == 2);
  });
}

}  // namespace
