// A database with tables of its own beside a private Redis server, for each database there is.
#pragma once

#include "support/catch.hpp"
#include "support/stream_world.hpp"
#include "testing/temporary_directory.hpp"

#include <sluice/outbox/inbox.hpp>
#include <sluice/outbox/publisher.hpp>
#include <sluice/outbox/stage.hpp>

#include <soci/soci.h>
#include <boost/json/value.hpp>

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace scene {

namespace outbox = sluice::outbox;
namespace json = boost::json;

/// SQLite always, the others where their connection strings are given.
inline std::vector<std::string> databases() {
  std::vector<std::string> all{"sqlite3"};
  if (std::getenv("SLUICE_TEST_POSTGRESQL") != nullptr) all.emplace_back("postgresql");
  if (std::getenv("SLUICE_TEST_MYSQL") != nullptr) all.emplace_back("mysql");
  return all;
}

/// A database in which this test's tables are nobody else's. They are gone afterwards.
class database {
 public:
  explicit database(std::string backend) : backend_(std::move(backend)) {
    static std::atomic<int> count = 0;
    suffix_ = std::to_string(::getpid()) + "_" + std::to_string(++count);
  }
  database(const database&) = delete;
  database& operator=(const database&) = delete;
  ~database() {
    if (is_sqlite()) return;  // its folder goes
    soci::session sql(url());
    for (const auto& each : {outbox_name(), inbox_name(), effects_name()}) {
      sql << "DROP TABLE IF EXISTS " + each;
    }
  }

  const std::string& backend() const noexcept { return backend_; }
  bool is_sqlite() const noexcept { return backend_ == "sqlite3"; }
  std::string url() const {
    if (is_sqlite()) {
      return "sqlite3://db=" + (folder_.path() / "test.db").string() +
             " timeout=10 synchronous=off";
    }
    return std::getenv(backend_ == "mysql" ? "SLUICE_TEST_MYSQL" : "SLUICE_TEST_POSTGRESQL");
  }
  std::string outbox_name() const { return "outbox_" + suffix_; }
  std::string inbox_name() const { return "inbox_" + suffix_; }
  /// What a handler changes.
  std::string effects_name() const { return "effects_" + suffix_; }

 private:
  std::string backend_;
  std::string suffix_;
  sluice::testing::temporary_directory folder_;
};

/// The tables, a session with them, and what publishes from them.
struct outbox_world : stream_world {
  explicit outbox_world(const std::string& backend = "sqlite3",
                        const server_options& how = server_options())
      : stream_world(how),
        base(backend),
        sql(base.url()),
        where(outbox::table_layout::native, base.outbox_name()),
        handled(base.inbox_name()) {
    outbox::create_tables(sql, base.outbox_name(), base.inbox_name());
    sql << "CREATE TABLE " + base.effects_name() + " (what VARCHAR(255))";
  }

  outbox::stage_options staging() const { return outbox::stage_options().into(where); }
  std::string stage(std::string_view topic, const json::value& data) {
    return outbox::stage(sql, topic, data, staging());
  }
  /// Stages the numbers from `first` on, in one transaction.
  void stage_series(std::string_view topic, int count, int first = 0) {
    soci::transaction unit(sql);
    for (int i = 0; i < count; ++i) stage(topic, first + i);
    unit.commit();
  }

  outbox::publisher_options quick() {
    return outbox::publisher_options()
        .from(where)
        .poll_interval(20ms)
        .backoff(5ms, 100ms)
        .on_failure([lines = failures](const outbox::publish_failure& what) {
          lines->push_back(std::string(what.topic) + "|" + what.why.what());
        });
  }
  outbox::publisher publisher() { return publisher(quick()); }
  outbox::publisher publisher(outbox::publisher_options how) {
    return outbox::publisher(redis, base.url(), std::move(how));
  }

  /// Plays an act while the publisher runs, and lets it end in good order.
  void play_beside(outbox::publisher& out, std::function<asio::awaitable<void>()> act) {
    play([&]() -> asio::awaitable<void> {
      bool ended = false;
      beside([&]() -> asio::awaitable<void> {
        co_await out.run();
        ended = true;
      });
      co_await act();
      out.stop();
      co_await until([&] { return ended; });
    });
  }

  /// The field of each entry of a topic's stream, in order.
  std::vector<std::string> field(const std::string& name, const std::string& topic) {
    std::istringstream lines(server.command({"XRANGE", "telstar:stream:" + topic, "-", "+"}));
    std::vector<std::string> found;
    for (std::string line; std::getline(lines, line);) {
      if (line == name && std::getline(lines, line)) found.push_back(line);
    }
    return found;
  }
  std::vector<std::string> data(const std::string& topic) { return field("data", topic); }
  std::vector<std::string> ids(const std::string& topic) { return field("message_id", topic); }

  int count(const std::string& condition) {
    int number = 0;
    sql << "SELECT COUNT(*) FROM " + where.name() + " WHERE " + condition, soci::into(number);
    return number;
  }
  int unsent() { return count("sent = FALSE"); }
  int effects() {
    int number = 0;
    sql << "SELECT COUNT(*) FROM " + base.effects_name(), soci::into(number);
    return number;
  }

  database base;
  soci::session sql;
  outbox::table where;
  outbox::inbox handled;
  std::shared_ptr<std::vector<std::string>> failures = std::make_shared<std::vector<std::string>>();
};

/// `first`, `first` + 1, … as the JSON of `stage_series`.
inline std::vector<std::string> texts(int count, int first = 0) {
  std::vector<std::string> all;
  for (int i = 0; i < count; ++i) all.push_back(std::to_string(first + i));
  return all;
}

}  // namespace scene
