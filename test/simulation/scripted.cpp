// What random runs have found, told as short stories: one failure each, at its exact moment.
#include "stage.hpp"

#include "sluice/core/result.hpp"
#include "sluice/stream/consumer.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <memory>
#include <optional>

namespace {

namespace asio = boost::asio;
using namespace sluice;
using namespace sluice::simulation;

group blocking_member(const std::string& name) {
  group what("workers");
  what.consumer(name).stream("orders").wake_by(wake::block);
  return what;
}

}  // namespace

TEST_CASE("a consumer finds what its namesake's blocking read brought") {
  stage on;
  std::vector<delivery> first, second, other;
  auto old = std::make_unique<group_consumer>(on.redis, blocking_member("anna"));
  run(on, *old, first);
  on.pass(100ms);
  group_consumer neighbour(on.redis, blocking_member("bert"));
  run(on, neighbour, other);
  on.pass(100ms);
  old.reset();
  group_consumer fresh(on.redis, blocking_member("anna"));
  run(on, fresh, second);
  on.pass(100ms);
  // The server still has the old consumer's read and answers it with this.
  on.add("orders", "1");
  on.pass(1s);
  CHECK(first.empty());
  CHECK(second.size() + other.size() == 1);
  neighbour.close();
  fresh.close();
}

TEST_CASE("what was executed on a link that broke, and is refused then, may have been executed") {
  int executed = 0;
  for (auto moment = 1ms; moment < 20ms; moment += 1ms) {
    CAPTURE(moment.count());
    stage on;
    on.wires.life = moment;
    std::exception_ptr failure;
    command what("INCRBY");
    what.arg("n", 1).repeatable(true);
    asio::co_spawn(on.time.io(), on.redis.exec(std::move(what)),
                   [&failure](std::exception_ptr why, const reply&) { failure = std::move(why); });
    on.pass(moment);
    on.wires.life.reset();
    on.server.set_mood(mood::no_replicas);
    on.pass(1s);
    if (!failure || !on.server.data().exists("n")) continue;
    ++executed;
    try {
      std::rethrow_exception(failure);
    } catch (const error& why) {
      CHECK(why.which() == errc::too_few_replicas);
      CHECK(why.why().message().find("may have been executed") != std::string::npos);
    }
  }
  CHECK(executed > 0);
}

TEST_CASE("a reader goes on when its blocking connection is given up in the middle of a read") {
  stage on;
  // A busy server refuses tracking, so that reading begins with blocks.
  on.server.set_mood(mood::busy);
  std::vector<entry> taken;
  consumer from(on.redis, streams("log", start::earliest()));
  run(on, from, taken);
  on.pass(20ms);
  on.server.set_mood(mood::well);
  on.pass(1s);
  on.add("log", "1");
  REQUIRE(taken.size() == 1);
  // The shared link comes back after the blocking one, and now it has a doorbell.
  on.wires.refusals = 1;
  on.server.restart();
  on.pass(1s);
  on.add("log", "2");
  on.pass(10s);
  CHECK(taken.size() == 2);
  from.close();
}

TEST_CASE("what is in hand is not given out again by a group that another made again unseen") {
  stage on;
  std::vector<delivery> taken;
  group what("workers");
  what.consumer("anna").stream("orders");
  group_consumer from(on.redis, what);
  run(on, from, taken);
  on.add("orders", "1");
  REQUIRE(taken.size() == 1);
  on.server.destroy_group("orders", "workers");
  on.server.data().stream("orders")->groups["workers"] = {};
  on.add("orders", "2");
  on.pass(1s);
  REQUIRE(taken.size() == 2);
  CHECK(taken[1].field("tag") == "2");
  from.close();
}

TEST_CASE("a cancelled flush of several streams' acknowledgements ends as cancelled") {
  stage on;
  std::vector<delivery> taken;
  group what("workers");
  what.consumer("anna").stream("orders").stream("bills");
  group_consumer from(on.redis, what);
  run(on, from, taken);
  on.add("orders", "1");
  on.add("bills", "2");
  REQUIRE(taken.size() == 2);
  on.server.stall(1s);
  for (auto& each : taken) std::move(each).ack_later();
  asio::cancellation_signal cancel;
  std::optional<error> outcome;
  asio::co_spawn(
      on.time.io(), as_result(from.flush()),
      asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr, result<void> ended) {
        if (!ended) outcome = ended.error();
      }));
  on.pass(100ms);
  cancel.emit(asio::cancellation_type::terminal);
  on.pass(10ms);
  REQUIRE(outcome);
  CHECK(outcome->code() == errc::cancelled);
  from.close();
}
