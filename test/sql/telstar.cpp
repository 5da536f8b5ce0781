// Tables that Python made: telstar's staged messages under peewee and under SQLAlchemy.

#include "outbox_world.hpp"

#include "outbox/sql_time.hpp"

namespace {

using namespace scene;
using outbox::table_layout;
using wall = std::chrono::system_clock;

constexpr auto uuid = "0b5c3a2e-94f1-4d26-8e9a-7c1f00d2ab3e";
constexpr auto digits = "0b5c3a2e94f14d268e9a7c1f00d2ab3e";

/// A world whose table of staged messages is one that Python's library made.
struct telstar_world : outbox_world {
  telstar_world(const std::string& backend, table_layout layout) : outbox_world(backend) {
    sql << "DROP TABLE " + where.name();
    where = outbox::table(layout, base.outbox_name());
    sql << "CREATE TABLE " + where.name() + " (" +
               (layout == table_layout::telstar_peewee ? peewee_columns() : sqlalchemy_columns()) +
               ")";
  }

  /// A row as the Python library writes it.
  void write(const std::string& topic, const std::string& data, wall::time_point send_at) {
    const auto number = outbox::milliseconds_text(send_at);
    const auto time = "'" + outbox::local_timestamp(send_at) + "'";
    const bool peewee = where.layout() == table_layout::telstar_peewee;
    const auto binary = base.backend() == "postgresql" ? "'" + std::string(uuid) + "'"
                                                       : "X'" + std::string(digits) + "'";
    const auto id = peewee ? "'" + std::string(digits) + "'" : binary;
    const auto& at = peewee ? number : time;
    sql << "INSERT INTO " + where.name() +
               " (msg_uid, topic, data, sent, send_at, created_at) VALUES (" + id +
               ", :topic, :data, FALSE, " + at + ", " + at + ")",
        soci::use(topic), soci::use(data);
  }

 private:
  std::string peewee_columns() const {
    const std::string rest = ", topic VARCHAR(255) NOT NULL, data TEXT NOT NULL, ";
    if (base.is_sqlite()) {
      return "id INTEGER NOT NULL PRIMARY KEY, msg_uid TEXT NOT NULL" + rest +
             "sent INTEGER NOT NULL, send_at INTEGER NOT NULL, created_at INTEGER NOT NULL";
    }
    const std::string times = "send_at BIGINT NOT NULL, created_at BIGINT NOT NULL";
    if (base.backend() == "mysql") {
      return "id INTEGER AUTO_INCREMENT NOT NULL PRIMARY KEY, msg_uid VARCHAR(40) NOT NULL" + rest +
             "sent BOOL NOT NULL, " + times;
    }
    return "id SERIAL NOT NULL PRIMARY KEY, msg_uid UUID NOT NULL" + rest +
           "sent BOOLEAN NOT NULL, " + times;
  }
  std::string sqlalchemy_columns() const {
    const std::string rest =
        ", topic VARCHAR(255) NOT NULL, data TEXT NOT NULL, sent BOOLEAN, "
        "send_at TIMESTAMP NULL, created_at TIMESTAMP NULL";
    if (base.is_sqlite())
      return "id INTEGER NOT NULL PRIMARY KEY, msg_uid BINARY(16) NOT NULL" + rest;
    if (base.backend() == "mysql") {
      return "id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, msg_uid BINARY(16) NOT NULL" + rest;
    }
    return "id BIGSERIAL NOT NULL PRIMARY KEY, msg_uid UUID NOT NULL" + rest;
  }
};

std::vector<table_layout> telstar_layouts() {
  return {table_layout::telstar_peewee, table_layout::telstar_sqlalchemy};
}

TEST_CASE("what Python staged is sent under its id, byte by byte, and marked") {
  telstar_world world(GENERATE(from_range(databases())), GENERATE(from_range(telstar_layouts())));
  const std::string data = R"({"name": "Zo\u00eb", "at": "2026-11-21T03:46:08"})";
  world.write("mytopic", data, wall::now() - 5s);
  auto out = world.publisher();
  world.play_beside(
      out, [&]() -> asio::awaitable<void> { co_await until([&] { return world.unsent() == 0; }); });
  CHECK(world.ids("mytopic") == std::vector<std::string>{uuid});
  CHECK(world.data("mytopic") == std::vector<std::string>{data});
  CHECK(world.count("sent = TRUE") == 1);
}

TEST_CASE("what Python staged for later is sent later, and what has no time never") {
  telstar_world world(GENERATE(from_range(databases())), GENERATE(from_range(telstar_layouts())));
  world.write("later", "1", wall::now() + 1h);
  world.write("soon", "2", wall::now() + 1500ms);
  auto out = world.publisher(world.quick().poll_interval(60s));
  world.play_beside(
      out, [&]() -> asio::awaitable<void> { co_await until([&] { return world.unsent() == 1; }); });
  CHECK(world.data("soon") == texts(1, 2));
  CHECK(world.data("later").empty());
}

TEST_CASE("what is staged here lies there as Python would have written it") {
  const auto layout = GENERATE(from_range(telstar_layouts()));
  telstar_world world("sqlite3", layout);
  const auto before = wall::now() - 1s;
  outbox::stage(world.sql, "mytopic", {{"a", 1}}, world.staging().id(uuid).delay(1h));
  std::string id, type, send_at, created_at, sent;
  world.sql << "SELECT CASE typeof(msg_uid) WHEN 'blob' THEN lower(hex(msg_uid)) ELSE msg_uid END, "
               "typeof(msg_uid), send_at, created_at, sent FROM " +
                   world.where.name(),
      soci::into(id), soci::into(type), soci::into(send_at), soci::into(created_at),
      soci::into(sent);
  CHECK(id == digits);
  CHECK(sent == "0");
  const bool peewee = layout == table_layout::telstar_peewee;
  CHECK(type == (peewee ? "text" : "blob"));
  const auto read = [&](const std::string& text) {
    return peewee ? outbox::from_milliseconds_text(text) : outbox::from_local_timestamp(text);
  };
  REQUIRE(read(created_at));
  CHECK(*read(created_at) >= before);
  CHECK(*read(created_at) <= wall::now());
  CHECK(*read(send_at) == *read(created_at) + 1h);
}

TEST_CASE("what is staged here and there is sent in the order of the table") {
  telstar_world world(GENERATE(from_range(databases())), GENERATE(from_range(telstar_layouts())));
  for (int i = 0; i < 6; i += 2) {
    world.write("mytopic", std::to_string(i), wall::now() - 2s);
    world.stage("mytopic", i + 1);
  }
  auto out = world.publisher();
  world.play_beside(
      out, [&]() -> asio::awaitable<void> { co_await until([&] { return world.unsent() == 0; }); });
  CHECK(world.data("mytopic") == texts(6));
}

TEST_CASE("a row without a UUID is left alone and told once; the others are sent") {
  telstar_world world("sqlite3", table_layout::telstar_peewee);
  world.write("mytopic", "0", wall::now() - 2s);
  world.sql << "UPDATE " + world.where.name() + " SET msg_uid = 'none'";
  world.write("mytopic", "1", wall::now() - 2s);
  auto out = world.publisher(world.quick().batch(1));
  world.play_beside(out, [&]() -> asio::awaitable<void> {
    co_await until([&] { return world.unsent() == 1; });
    co_await pause(60ms);
  });
  CHECK(world.data("mytopic") == texts(1, 1));
  CHECK(out.statistics().unreadable == 1);
  REQUIRE(world.failures->size() == 1);
  CHECK(world.failures->front().find("no UUID") != std::string::npos);
}

}  // namespace
