// The inbox: an effect happens once, however often its message comes.

#include "outbox_world.hpp"

#include <thread>

namespace {

using namespace scene;
using sluice::errc;

/// A handler: its effect and the record of its message are one transaction. True when it was new.
bool handle(outbox_world& world, soci::session& sql, const std::string& id) {
  soci::transaction unit(sql);
  const bool fresh = world.handled.record(sql, "billing", id);
  if (fresh) sql << "INSERT INTO " + world.base.effects_name() + " VALUES ('paid')";
  unit.commit();
  return fresh;
}

TEST_CASE("a message has its effect once, however often it comes") {
  outbox_world world(GENERATE(from_range(databases())));
  CHECK(handle(world, world.sql, "m1"));
  CHECK_FALSE(handle(world, world.sql, "m1"));
  CHECK(handle(world, world.sql, "m2"));
  CHECK_FALSE(handle(world, world.sql, "m1"));
  CHECK(world.effects() == 2);
}

TEST_CASE("what was rolled back counts as never handled") {
  outbox_world world(GENERATE(from_range(databases())));
  {
    const soci::transaction unit(world.sql);
    CHECK(world.handled.record(world.sql, "billing", "m1"));
  }
  CHECK(handle(world, world.sql, "m1"));
}

TEST_CASE("groups handle a message each for itself, and ids are told apart byte by byte") {
  outbox_world world(GENERATE(from_range(databases())));
  CHECK(world.handled.record(world.sql, "billing", "a"));
  CHECK(world.handled.record(world.sql, "shipping", "a"));
  CHECK(world.handled.record(world.sql, "billing", "A"));
  CHECK(world.handled.record(world.sql, "Billing", "a"));
  CHECK_FALSE(world.handled.record(world.sql, "billing", "a"));
}

TEST_CASE("a UUID is the same in all its spellings") {
  outbox_world world;
  CHECK(world.handled.record(world.sql, "g", "0B5C3A2E94F14D268E9A7C1F00D2AB3E"));
  CHECK_FALSE(world.handled.record(world.sql, "g", "0b5c3a2e-94f1-4d26-8e9a-7c1f00d2ab3e"));
}

TEST_CASE("of two transactions with one message the second waits, and skips its effect") {
  outbox_world world(GENERATE(from_range(databases())));
  soci::session other(world.base.url());
  soci::transaction first(world.sql);
  REQUIRE(world.handled.record(world.sql, "billing", "m1"));
  world.sql << "INSERT INTO " + world.base.effects_name() + " VALUES ('paid')";
  bool fresh = true;
  std::thread second([&] { fresh = handle(world, other, "m1"); });
  std::this_thread::sleep_for(50ms);
  first.commit();
  second.join();
  CHECK_FALSE(fresh);
  CHECK(world.effects() == 1);
}

TEST_CASE("where the second may not see the first's commit, the race ends in an error") {
  if (std::getenv("SLUICE_TEST_POSTGRESQL") == nullptr) return;
  outbox_world world("postgresql");
  soci::session other(world.base.url());
  other << "BEGIN ISOLATION LEVEL REPEATABLE READ";
  int effects = -1;
  other << "SELECT COUNT(*) FROM " + world.base.effects_name(), soci::into(effects);
  REQUIRE(world.handled.record(world.sql, "billing", "m1"));
  CHECK(code_of([&] { world.handled.record(other, "billing", "m1"); }) == errc::already_settled);
  other.rollback();
}

TEST_CASE("who waits too long for a locked database is told so") {
  outbox_world world;
  soci::session hasty("sqlite3://" + world.base.url().substr(13, world.base.url().find(' ') - 13));
  const soci::transaction unit(world.sql);
  REQUIRE(world.handled.record(world.sql, "billing", "m1"));
  CHECK(code_of([&] { world.handled.record(hasty, "billing", "m1"); }) == errc::timeout);
}

TEST_CASE("old records are purged, young ones stay") {
  outbox_world world(GENERATE(from_range(databases())));
  REQUIRE(world.handled.record(world.sql, "g", "m1"));
  world.sql << "UPDATE " + world.base.inbox_name() + " SET handled_at = handled_at - 5000";
  REQUIRE(world.handled.record(world.sql, "g", "m2"));
  CHECK(world.handled.purge(world.sql, 4s) == 1);
  CHECK_FALSE(world.handled.record(world.sql, "g", "m2"));
  CHECK(world.handled.record(world.sql, "g", "m1"));
  CHECK(code_of([&] { world.handled.purge(world.sql, -1s); }) == errc::invalid_argument);
}

TEST_CASE("names that are empty or too long are refused") {
  outbox_world world;
  CHECK(code_of([&] { world.handled.record(world.sql, "", "m"); }) == errc::invalid_argument);
  CHECK(code_of([&] { world.handled.record(world.sql, "g", ""); }) == errc::invalid_argument);
  const std::string long_name(256, 'x');
  CHECK(code_of([&] { world.handled.record(world.sql, "g", long_name); }) ==
        errc::invalid_argument);
  CHECK(code_of([] { (void)outbox::inbox("a b"); }) == errc::invalid_argument);
}

}  // namespace
