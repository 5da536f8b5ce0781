// Staging: a message is part of the transaction that it is staged in.

#include "outbox_world.hpp"

#include <limits>

namespace {

using namespace scene;
using sluice::errc;

TEST_CASE("a message that is staged commits with the business data") {
  outbox_world world(GENERATE(from_range(databases())));
  soci::transaction unit(world.sql);
  world.sql << "INSERT INTO " + world.base.effects_name() + " VALUES ('paid')";
  const auto id = world.stage("orders", {{"total", "12.50"}, {"customer", "Zoë"}});
  unit.commit();
  CHECK(world.effects() == 1);
  CHECK(world.unsent() == 1);
  std::string stored_id, data;
  world.sql << "SELECT message_id, data FROM " + world.where.name(), soci::into(stored_id),
      soci::into(data);
  CHECK(stored_id == id);
  CHECK(data == R"({"total":"12.50","customer":"Zoë"})");
}

TEST_CASE("a message that is staged rolls back with the business data") {
  outbox_world world(GENERATE(from_range(databases())));
  {
    const soci::transaction unit(world.sql);
    world.sql << "INSERT INTO " + world.base.effects_name() + " VALUES ('paid')";
    world.stage("orders", 1);
  }
  CHECK(world.effects() == 0);
  CHECK(world.count("1 = 1") == 0);
}

TEST_CASE("a message gets the id that was chosen, in its canonical spelling") {
  outbox_world world;
  const auto how = world.staging().id("{0B5C3A2E-94F1-4D26-8E9A-7C1F00D2AB3E}");
  CHECK(outbox::stage(world.sql, "orders", 1, how) == "0b5c3a2e-94f1-4d26-8e9a-7c1f00d2ab3e");
  CHECK(world.stage("orders", 1) != world.stage("orders", 1));
}

TEST_CASE("what cannot be staged is refused before the database is asked") {
  outbox_world world;
  const auto refused = [](const std::function<void()>& call) {
    return code_of(call) == errc::invalid_argument;
  };
  CHECK(refused([&] { world.stage("", 1); }));
  CHECK(refused([&] { world.stage(std::string(256, 'x'), 1); }));
  CHECK(refused([&] { world.stage(std::string("a\0b", 3), 1); }));
  CHECK(refused([&] { world.staging().delay(-1ms); }));
  CHECK(refused([&] { world.staging().id("17"); }));
  CHECK(world.count("1 = 1") == 0);
  CHECK_NOTHROW(world.stage(std::string(255, 'x'), 1));
}

TEST_CASE("what no consumer could read is not staged") {
  outbox_world world;
  for (const boost::json::value& data :
       {boost::json::value(std::numeric_limits<double>::quiet_NaN()), boost::json::value("\xc3")}) {
    CHECK(code_of([&] { world.stage("orders", data); }) == errc::invalid_argument);
  }
  CHECK(world.unsent() == 0);
}

TEST_CASE("tables can be made again without harm") {
  outbox_world world(GENERATE(from_range(databases())));
  world.stage("orders", 1);
  outbox::create_tables(world.sql, world.base.outbox_name(), world.base.inbox_name());
  CHECK(world.unsent() == 1);
}

TEST_CASE("staging into a table that is not there says so in the database's words") {
  outbox_world world(GENERATE(from_range(databases())));
  const outbox::table gone(outbox::table_layout::native, "no_such_table");
  try {
    outbox::stage(world.sql, "orders", "secret", outbox::stage_options().into(gone));
    FAIL("it was staged");
  } catch (const sluice::error& why) {
    CHECK(why.code() == errc::server_error);
    CHECK(why.why().server_text().find("no_such_table") != std::string::npos);
    CHECK(std::string(why.what()).find("secret") == std::string::npos);
  }
}

}  // namespace
