// The SQL of each layout in each dialect.

#include "outbox/statements.hpp"
#include "support/catch.hpp"
#include "support/scene.hpp"

namespace {

using namespace sluice::outbox;
using namespace std::chrono_literals;
using sluice::errc;

constexpr auto id = "0b5c3a2e-94f1-4d26-8e9a-7c1f00d2ab3e";
constexpr wall_time at{1'795'229'168'221ms};

statements of(table_layout layout, dialect spoken) { return statements(table(layout), spoken); }

TEST_CASE("each layout has its usual table") {
  CHECK(table().name() == "sluice_outbox");
  CHECK(table(table_layout::telstar_peewee).name() == "stagedmessage");
  CHECK(table(table_layout::telstar_sqlalchemy).name() == "telstar_staged_message");
  CHECK(table(table_layout::native, "shop.outbox_2").name() == "shop.outbox_2");
}

TEST_CASE("a table's name cannot be more than a name") {
  for (const std::string name : {"", "a b", "a;b", "a'b", "a.b.c", ".a", "a.", "1a", "a-b", "ä"}) {
    CHECK(scene::code_of([&] { (void)table(table_layout::native, name); }) ==
          errc::invalid_argument);
  }
  CHECK(scene::code_of([] { (void)table(table_layout::native, std::string(64, 'a')); }) ==
        errc::invalid_argument);
}

TEST_CASE("a row is inserted with the id and the times of its layout") {
  CHECK(of(table_layout::native, dialect::mysql).insert(id, at + 1s, at) ==
        "INSERT INTO sluice_outbox (message_id, topic, data, sent, send_at, created_at) VALUES "
        "('0b5c3a2e-94f1-4d26-8e9a-7c1f00d2ab3e', :topic, :data, FALSE, 1795229169221, "
        "1795229168221)");
  CHECK(of(table_layout::telstar_peewee, dialect::sqlite).insert(id, at, at) ==
        "INSERT INTO stagedmessage (msg_uid, topic, data, sent, send_at, created_at) VALUES "
        "('0b5c3a2e94f14d268e9a7c1f00d2ab3e', :topic, :data, FALSE, 1795229168221, "
        "1795229168221)");
  const auto time = "'" + local_timestamp(at) + "'";
  const auto sqlalchemy = [&](dialect spoken) {
    return of(table_layout::telstar_sqlalchemy, spoken).insert(id, at, at);
  };
  const std::string head =
      "INSERT INTO telstar_staged_message (msg_uid, topic, data, sent, send_at, created_at) "
      "VALUES (";
  const auto tail = ", :topic, :data, FALSE, " + time + ", " + time + ")";
  CHECK(sqlalchemy(dialect::sqlite) == head + "X'0b5c3a2e94f14d268e9a7c1f00d2ab3e'" + tail);
  CHECK(sqlalchemy(dialect::mysql) == head + "X'0b5c3a2e94f14d268e9a7c1f00d2ab3e'" + tail);
  CHECK(sqlalchemy(dialect::postgresql) == head + "'0b5c3a2e-94f1-4d26-8e9a-7c1f00d2ab3e'" + tail);
}

TEST_CASE("what is due is read in order, and locked where rows can be") {
  const exclusion nothing;
  CHECK(of(table_layout::native, dialect::sqlite).due(at, 7, nothing) ==
        "SELECT id, message_id, topic, data FROM sluice_outbox WHERE sent = FALSE AND send_at <= "
        "1795229168221 ORDER BY id LIMIT 7");
  CHECK(of(table_layout::telstar_peewee, dialect::postgresql).due(at, 7, nothing) ==
        "SELECT id, CAST(msg_uid AS VARCHAR(36)), topic, data FROM stagedmessage WHERE sent = "
        "FALSE AND send_at <= 1795229168221 ORDER BY id LIMIT 7 FOR UPDATE SKIP LOCKED");
  CHECK(of(table_layout::telstar_sqlalchemy, dialect::mysql)
            .due(at, 7, nothing)
            .starts_with("SELECT id, HEX(msg_uid), topic"));
}

TEST_CASE("rows and topics can be left out; topics are bound and never part of the text") {
  exclusion some;
  some.topics = {"a'; DROP TABLE x", "b"};
  some.ids = {3, 5};
  CHECK(of(table_layout::native, dialect::sqlite).first_due(some) ==
        "SELECT MIN(send_at) FROM sluice_outbox WHERE sent = FALSE AND topic NOT IN (:skipped_0, "
        ":skipped_1) AND id NOT IN (3, 5)");
  CHECK(of(table_layout::native, dialect::mysql)
            .due_up_to(9, at, some)
            .ends_with("AND id NOT IN (3, 5) AND id <= 9 ORDER BY id"));
}

TEST_CASE("rows are marked and purged by their ids") {
  const auto text = of(table_layout::native, dialect::postgresql);
  CHECK(text.mark_sent({4, 5}) == "UPDATE sluice_outbox SET sent = TRUE WHERE id IN (4, 5)");
  CHECK(text.sent_before(at, 10) ==
        "SELECT id FROM sluice_outbox WHERE sent = TRUE AND send_at <= 1795229168221 ORDER BY id "
        "LIMIT 10");
  CHECK(text.remove({4}) == "DELETE FROM sluice_outbox WHERE id IN (4)");
}

TEST_CASE("a transaction begins so that it can be finished") {
  const auto begin = [](dialect spoken) { return of(table_layout::native, spoken).begin(); };
  CHECK(begin(dialect::sqlite) == std::vector<std::string>{"BEGIN IMMEDIATE"});
  CHECK(begin(dialect::postgresql).size() == 1);
  CHECK(begin(dialect::mysql).back() == "START TRANSACTION");
}

}  // namespace
