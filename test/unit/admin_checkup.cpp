// What a check-up makes of what it is told.
#include "admin/server_facts.hpp"
#include "support/catch.hpp"

#include <sluice/admin/checkup.hpp>

#include <string>
#include <utility>

namespace {

using namespace std::chrono_literals;
using sluice::admin::check_group;
using sluice::admin::check_version;
using sluice::admin::consumer_facts;
using sluice::admin::group_state;
using sluice::admin::info_text;
using sluice::admin::severity;

TEST_CASE("versions that are known to be bad are told, up to the one that mended them") {
  CHECK(check_version("redis", "6.2.14").how_bad == severity::trouble);
  CHECK(check_version("redis", "6.2.16").how_bad == severity::warning);
  CHECK(check_version("redis", "6.2.20").how_bad == severity::fine);
  CHECK(check_version("redis", "7.0.4").how_bad == severity::trouble);
  CHECK(check_version("redis", "7.0.15").how_bad == severity::note);
  CHECK(check_version("redis", "7.2.10").how_bad == severity::warning);
  CHECK(check_version("redis", "7.2.11").how_bad == severity::note);
  CHECK(check_version("redis", "7.4.5").how_bad == severity::warning);
  CHECK(check_version("redis", "7.4.6").how_bad == severity::note);
  CHECK(check_version("redis", "7.4.9").how_bad == severity::fine);
  CHECK(check_version("redis", "8.0.3").how_bad == severity::warning);
  CHECK(check_version("redis", "8.0.4").how_bad == severity::note);
  CHECK(check_version("redis", "8.2.8").how_bad == severity::warning);
  CHECK(check_version("redis", "8.2.9").how_bad == severity::fine);
  CHECK(check_version("redis", "8.6.6").how_bad == severity::fine);
  CHECK(check_version("redis", "9.0.0").how_bad == severity::fine);
}

TEST_CASE("all that is known of a version is told, with what mends the worst of it") {
  const auto found = check_version("redis", "8.2.1");
  for (const char* const each : {"CVE-2025-62507", "CVE-2025-49844", "CVE-2026-81934"}) {
    CHECK(found.what.find(each) != std::string::npos);
  }
  CHECK(found.advice == "use 8.2.9 or newer");
  CHECK(check_version("redis", "8.2.2").what.find("CVE-2025-49844") == std::string::npos);
  CHECK(check_version("redis", "7.0.4").advice == "use 7.0.15 or newer");
  CHECK(check_version("redis", "6.2.14").advice == "use 6.2.16 or newer");
}

TEST_CASE("servers of other makers have faults of their own, or none that are known") {
  CHECK(check_version("valkey", "7.2.11").how_bad == severity::warning);
  CHECK(check_version("valkey", "7.2.12").how_bad == severity::fine);
  CHECK(check_version("valkey", "8.0.5").what.find("CVE-2025-49844") != std::string::npos);
  CHECK(check_version("valkey", "8.0.6").what.find("CVE-2025-49844") == std::string::npos);
  CHECK(check_version("valkey", "8.1.6").how_bad == severity::fine);
  CHECK(check_version("valkey", "9.0.2").advice == "use 9.0.3 or newer");
  CHECK(check_version("dragonfly", "7.4.0").how_bad == severity::fine);
}

TEST_CASE("a server that deletes what it likes when memory is short is trouble") {
  const auto judge = [](const char* text) {
    return sluice::admin::judge_eviction(info_text(text)).how_bad;
  };
  CHECK(judge("maxmemory:100\r\nmaxmemory_policy:allkeys-lru\r\n") == severity::trouble);
  CHECK(judge("maxmemory:100\r\nmaxmemory_policy:volatile-ttl\r\n") == severity::warning);
  CHECK(judge("maxmemory:100\r\nused_memory:50\r\nmaxmemory_policy:noeviction") == severity::fine);
  CHECK(judge("maxmemory:100\nused_memory:95\nmaxmemory_policy:noeviction") == severity::warning);
  CHECK(judge("maxmemory:0\r\nmaxmemory_policy:noeviction\r\n") == severity::note);
}

TEST_CASE("a server that keeps nothing, or cannot write, is told") {
  const auto judge = [](const char* text, const char* save) {
    return sluice::admin::judge_persistence(info_text(text), save).how_bad;
  };
  CHECK(judge("aof_enabled:1\r\n", "") == severity::fine);
  CHECK(judge("aof_enabled:0\r\n", "") == severity::warning);
  CHECK(judge("aof_enabled:0\r\n", "3600 1") == severity::note);
  CHECK(judge("aof_enabled:1\r\naof_last_write_status:err\r\n", "") == severity::trouble);
  CHECK(judge("aof_enabled:0\r\nrdb_last_bgsave_status:err\r\n", "60 1") == severity::trouble);
}

TEST_CASE("a replica, small output buffers and a clock that is off are told") {
  CHECK(sluice::admin::judge_role(info_text("role:slave\r\n")).how_bad == severity::trouble);
  CHECK(sluice::admin::judge_role(info_text("role:master\r\n")).how_bad == severity::fine);
  const auto buffers = [](const char* text) { return sluice::admin::judge_buffers(text).how_bad; };
  CHECK(buffers("normal 0 0 0 slave 1 1 60 pubsub 33554432 8388608 60") == severity::fine);
  CHECK(buffers("normal 1048576 0 0 slave 0 0 0 pubsub 0 0 0") == severity::warning);
  CHECK(buffers("normal 0 0 0 slave 0 0 0 pubsub 33554432 1024 60") == severity::warning);
  CHECK(sluice::admin::judge_clock(-30ms, 1ms).how_bad == severity::fine);
  CHECK(sluice::admin::judge_clock(-2s, 100ms).how_bad == severity::warning);
  CHECK(sluice::admin::judge_clock(2s, 1500ms).how_bad == severity::fine);
}

/// A group with one consumer.
group_state group_of(std::chrono::milliseconds idle, std::uint64_t pending, std::uint64_t lag) {
  group_state state;
  state.stream = "jobs";
  state.facts.name = "g";
  state.facts.lag.count = lag;
  consumer_facts one;
  one.name = "one";
  one.idle = idle;
  one.pending = pending;
  state.consumers.push_back(one);
  return state;
}

TEST_CASE("a group whose consumers ask for work is as it should be") {
  CHECK(check_group(group_of(1s, 5, 100), group_of(1s, 5, 100), 5min).empty());
  CHECK(check_group(group_of(1s, 5, 0), std::nullopt, 5min).empty());
}

TEST_CASE("what a silent consumer has in hand is told with the way to free it") {
  const auto found = check_group(group_of(10min, 5, 0), std::nullopt, 5min);
  REQUIRE(found.size() == 1);
  CHECK(found[0].how_bad == severity::warning);
  CHECK(found[0].what == "group g of jobs: consumer one is silent and has 5 entries in hand");
  CHECK(found[0].advice.find("sluice consumers jobs --group g --remove one") != std::string::npos);
  const auto empty_handed = check_group(group_of(10min, 0, 0), std::nullopt, 5min);
  REQUIRE(empty_handed.size() == 1);
  CHECK(empty_handed[0].how_bad == severity::note);
}

TEST_CASE("names in a command that is advised are what they are for a shell, too") {
  const auto advised = [](const std::string& name) {
    auto state = group_of(10min, 5, 0);
    state.consumers[0].name = name;
    return check_group(state, std::nullopt, 5min)[0].advice;
  };
  const std::string until = "if it is dead: sluice consumers jobs --group g --remove ";
  CHECK(advised("eu:{a}.b_c-1@h%+/") == until + "eu:{a}.b_c-1@h%+/");
  CHECK(advised("one; rm -r $HOME") == until + "'one; rm -r $HOME'");
  CHECK(advised("it's") == until + "'it'\\''s'");
  CHECK(advised("{1..3}") == until + "'{1..3}'");
  CHECK(advised("\xc3\xa4") == until + "'\xc3\xa4'");
}

TEST_CASE("entries that nobody is there to take are trouble, also those that were given back") {
  auto state = group_of(10min, 0, 0);
  state.consumers[0].name = "sluice:released";
  state.consumers[0].nobody = true;
  CHECK(check_group(state, std::nullopt, 5min).empty());
  state.consumers[0].pending = 3;
  auto found = check_group(state, std::nullopt, 5min);
  REQUIRE(found.size() == 1);
  CHECK(found[0].how_bad == severity::trouble);
  state.facts.lag.count = 4;
  found = check_group(state, std::nullopt, 5min);
  CHECK(found[0].what == "group g of jobs: 7 entries wait and no consumer is there");
}

TEST_CASE("a lag that has grown between two looks is told") {
  const auto found = check_group(group_of(1s, 0, 20), group_of(1s, 0, 10), 5min);
  REQUIRE(found.size() == 1);
  CHECK(found[0].how_bad == severity::warning);
  CHECK(found[0].what == "group g of jobs: its lag grows: 10, then 20");
}

TEST_CASE(
    "a lag that comes with a batch, is estimated, or hardly grows is no reason to wake anybody") {
  const auto calm = [](const group_state& before, const group_state& now) {
    return check_group(now, before, 5min).empty();
  };
  CHECK(calm(group_of(1s, 0, 0), group_of(1s, 0, 1)));
  CHECK(calm(group_of(1s, 0, 0), group_of(1s, 0, 500)));
  CHECK(calm(group_of(1s, 0, 10), group_of(1s, 0, 19)));
  auto before = group_of(1s, 0, 1'000), now = group_of(1s, 0, 1'040);
  before.facts.read = 5'000;
  now.facts.read = 6'000;
  now.facts.position = sluice::entry_id(1);
  CHECK(calm(before, now));  // a twenty-fifth more than is taken
  now.facts.lag.count = 1'100;
  CHECK_FALSE(calm(before, now));
  now.facts.lag.estimated = true;
  CHECK(calm(before, now));
  std::swap(before.facts.lag.estimated, now.facts.lag.estimated);
  CHECK(calm(before, now));
}

}  // namespace
