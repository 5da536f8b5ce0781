// What a check-up says of the rights that the guarantees print for lists, topics and mailboxes.
#include "support/stream_world.hpp"

#include <sluice/admin/checkup.hpp>

#include <algorithm>
#include <sstream>
#include <string>

namespace {

using namespace scene;
using sluice::admin::finding;
using sluice::admin::severity;

finding of_purpose(const std::vector<finding>& all, std::string_view purpose) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const finding& each) {
    return each.what.find(purpose) != std::string::npos;
  });
  REQUIRE(found != all.end());
  return *found;
}

/// Who may do what the guarantees print for one purpose, word for word and in their order.
struct special_rights {
  std::string purpose, keys, commands;
  /// What cannot be tried without a trace.
  std::string untried;
};

const std::vector<special_rights>& all_special_rights() {
  static const std::string both =
      "+eval +evalsha +hsetnx +hget +hset +hdel +pexpire +incrby +get +set +time "
      "+zadd +zrem +zscore +zmscore +zrange +zrangebyscore +zcard +del ";
  static const std::vector<special_rights> all{
      {"take from lists, of which nothing is lost", "~app:* ~sluice:processing:app:*",
       "+multi +exec +eval +evalsha +time "
       "+lmove +llen +lindex +lrem +lpush +rpush +lpop +zadd +zrem +zscore +zrangebyscore +pexpire "
       "+exists +hget +hincrby +hdel +sadd +srem +del +xadd",
       "+multi +exec +lpush +rpush +sadd"},
      {"use topics, beside what streams and groups need", "~telstar:*",
       "+multi +exec +get +evalsha +eval +xpending +exists +hget +hset +expire",
       "+multi +exec +hset"},
      {"write to mailboxes and read them", "~sluice:box:*",
       both + "+xadd +xrange +xrevrange +xlen +xtrim", "+hsetnx +hset"},
      {"share mailboxes with clients of rivulet",
       "~ids:* ~messages:* ~clients:* ~indexes:* ~lock:* ~once:*",
       both + "+pttl +zcount +zremrangebyscore +zremrangebyrank", "+hsetnx +hset"},
  };
  return all;
}

std::vector<std::string> words_in(const std::string& text) {
  std::istringstream all(text);
  std::vector<std::string> found;
  for (std::string each; all >> each;) found.push_back(each);
  return found;
}

struct special_world : stream_world {
  explicit special_world(bool may_try) : may_try_(may_try) {}

  /// Someone who may do that, but for one right, and what everybody has to.
  void grant(const special_rights& rights, const std::string& missing = "") {
    std::vector<std::string> line{"ACL", "SETUSER", "worker", "reset", "on", ">secret"};
    for (const auto& each : words_in(rights.keys + ' ' + rights.commands)) {
      if (each != missing) line.push_back(each);
    }
    for (const auto* each : {"~sluice:probe:*", "+hello", "+ping", "+client", "+command|info"}) {
      line.emplace_back(each);
    }
    if (may_try_) line.emplace_back("+acl");
    server.command(line);
  }
  asio::awaitable<finding> find(std::string purpose) {
    const auto link = connect(server.url() + "?user=worker&password=secret");
    const auto all = co_await sluice::admin::check_rights(link, "app:");
    co_return of_purpose(all, purpose);
  }

 private:
  bool may_try_;
};

TEST_CASE("the rights of the guarantees for lists, topics and mailboxes suffice, and each counts") {
  const bool may_try = GENERATE(true, false);
  const auto& rights = all_special_rights()[GENERATE(0U, 1U, 2U, 3U)];
  special_world world(may_try);
  world.play([&]() -> asio::awaitable<void> {
    world.grant(rights);
    auto found = co_await world.find(rights.purpose);
    CHECK(found.how_bad == (may_try ? severity::fine : severity::note));
    const std::string start = may_try ? "suffice to " : "not known whether they suffice to ";
    CHECK(found.what == start + rights.purpose);
    const auto untried = words_in(rights.untried);
    for (const auto& each : words_in(rights.commands + ' ' + rights.keys)) {
      const bool tried = std::find(untried.begin(), untried.end(), each) == untried.end();
      if (!may_try && !tried) continue;
      world.grant(rights, each);
      found = co_await world.find(rights.purpose);
      CHECK(found.how_bad == severity::note);
      CHECK(found.what == "do not suffice to " + rights.purpose + ": " + each);
      CHECK(found.advice == "if it has to: ACL SETUSER … " + each);
    }
  });
}

TEST_CASE("who uses no lists, topics or mailboxes is told one note of each, and no warning") {
  const bool may_try = GENERATE(true, false);
  stream_world world;
  world.server.command({"ACL", "SETUSER", "default", "resetkeys", "~app*", "~sluice:probe:*"});
  for (const auto& each : all_special_rights()) {
    for (const auto* needed : {"+incrby", "+lmove", "+expire"}) {
      if (each.commands.find(needed) == std::string::npos) continue;
      world.server.command({"ACL", "SETUSER", "default", '-' + std::string(needed).substr(1)});
    }
  }
  if (!may_try) world.server.command({"ACL", "SETUSER", "default", "-acl"});
  world.play([&]() -> asio::awaitable<void> {
    const auto all = co_await sluice::admin::check_rights(world.redis, "app");
    for (const auto& each : all) CHECK(each.how_bad <= severity::note);
    CHECK(std::count_if(all.begin(), all.end(), [](const finding& each) {
            return each.what.find("do not suffice") == 0;
          }) == 4);
    CHECK(of_purpose(all, "take from lists").what ==
          "do not suffice to take from lists, of which nothing is lost: "
          "+lmove ~sluice:processing:app*");
    CHECK(of_purpose(all, "use topics").what ==
          "do not suffice to use topics, beside what streams and groups need: "
          "+expire ~telstar:*");
  });
}

TEST_CASE("looking at the rights for lists, topics and mailboxes leaves no key behind") {
  stream_world world;
  world.server.command({"ACL", "SETUSER", "default", "-acl"});
  world.play(
      [&]() -> asio::awaitable<void> { co_await sluice::admin::check_rights(world.redis, "app"); });
  CHECK(world.server.command({"KEYS", "*sluice:checkup*"}).empty());
}

}  // namespace
