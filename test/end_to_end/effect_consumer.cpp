// A member of a group whose work is a row in an SQLite database, once for each message whatever is
// killed: the row and the record of the message are one transaction. Until SIGTERM.
//
//   effect_consumer DATABASE GROUP CONSUMER SLEEPINESS TOPIC...
//
// SLEEPINESS, in milliseconds, bounds the pauses before the work and between the commit and the
// settle, where a kill hurts most. The server is REDIS_URL.

#include "program.hpp"

#include <sluice/outbox/inbox.hpp>
#include <sluice/outbox/stage.hpp>
#include <sluice/topic/topic_consumer.hpp>

#include <soci/soci.h>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

struct orders {
  std::string database;
  std::string group;
  std::string consumer;
  int sleepiness = 0;
  std::vector<std::string> topics;
};

/// Does the work of one group in the database.
class effects {
 public:
  explicit effects(orders what)
      : what_(std::move(what)), sql_("sqlite3://db=" + what_.database + " timeout=30") {
    sluice::outbox::create_tables(sql_);
    sql_ << "CREATE TABLE IF NOT EXISTS effects (group_name VARCHAR(80), topic VARCHAR(80), "
            "number INTEGER, consumer VARCHAR(80))";
  }

  asio::awaitable<void> work(sluice::topic_delivery& message) {
    co_await doze();
    soci::transaction unit(sql_);
    if (handled_.record(sql_, what_.group, message.id().to_string())) insert(message);
    unit.commit();
    co_await doze();
  }

 private:
  void insert(const sluice::topic_delivery& message) {
    const auto number = static_cast<int>(message.data().at("value").as_int64());
    sql_ << "INSERT INTO effects (group_name, topic, number, consumer) "
            "VALUES (:group, :topic, :number, :consumer)",
        soci::use(what_.group), soci::use(message.topic()), soci::use(number),
        soci::use(what_.consumer);
  }

  asio::awaitable<void> doze() {
    std::uniform_int_distribution<int> pause(0, what_.sleepiness);
    asio::steady_timer timer(co_await asio::this_coro::executor);
    timer.expires_after(std::chrono::milliseconds(pause(dice_)));
    co_await timer.async_wait(asio::use_awaitable);
  }

  orders what_;
  soci::session sql_;
  sluice::outbox::inbox handled_;
  std::minstd_rand dice_{std::random_device()()};
};

void consume(const orders& what) {
  program here;
  effects done(what);
  sluice::topic_group membership(what.group);
  membership.consumer(what.consumer).heartbeat(50ms).claim_timeout(500ms);
  sluice::topic_consumer in(here.redis, membership);
  for (const auto& each : what.topics) {
    in.on(each, [&done](sluice::topic_delivery& message) { return done.work(message); });
  }
  here.run(in.run(), [&in] { in.stop(); });
}

}  // namespace

int main(int count, char** words) {
  if (count < 6) return 2;
  return exit_code_of([&] {
    consume({words[1], words[2], words[3], std::stoi(words[4]), {words + 5, words + count}});
  });
}
