// What random runs have found, told as short stories: one failure each, at its exact moment.
#include "dice.hpp"
#include "model_server.hpp"
#include "simulated_wire.hpp"
#include "timeline.hpp"

#include "redis/client_access.hpp"
#include "support/catch.hpp"

#include "sluice/core/result.hpp"
#include "sluice/group/group_consumer.hpp"
#include "sluice/stream/consumer.hpp"
#include "sluice/stream/producer.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace sluice;
using namespace sluice::simulation;
using namespace std::chrono_literals;

class no_witness final : public data_witness {
  void on_append(const std::string&, entry_id, const stored_stream::field_list&) override {}
  void on_delete(const std::string&, entry_id) override {}
  void on_group_gone(const std::string&, const std::string&) override {}
  void on_owner(const ownership_change&) override {}
  void on_acknowledged(const std::string&, const std::string&, entry_id, const std::string&,
                       const std::string&) override {}
  void on_published(const std::string&, const std::string&) override {}
};

class fair_network final : public network {
 public:
  using network::network;

  /// How many of the next attempts to connect are refused.
  int refusals = 0;

 private:
  link_fate next_fate() override {
    link_fate fate;
    if (refusals > 0) {
      --refusals;
      fate.welcome = link_fate::arrival::refused;
    }
    fate.connect_delay = fate.least_latency = fate.most_latency = 1ms;
    return fate;
  }
};

/// A client, a server and a clock.
struct stage {
  stage() : server(time, dice(1), witness), wires(time, server, dice(2)), redis(connect()) {}
  ~stage() {
    time.run_ready();
    time.forget_acts();
    time.end_context();
  }

  client connect() {
    connection_options chosen;
    chosen.time_source(time.time()).random(seeded_random(3));
    return client_access::make(
        connection::make(time.io().get_executor(), std::move(chosen), wires.factory()));
  }
  void pass(clock::duration how_long) {
    time.run_until([] { return false; }, time.now() + how_long);
  }
  void add(const std::string& stream, const std::string& payload) {
    producer to(redis);
    asio::co_spawn(time.io(), to.add(stream, fields("tag", payload)),
                   [](std::exception_ptr failure, entry_id) { REQUIRE_FALSE(failure); });
    pass(10ms);
  }

  no_witness witness;
  timeline time;
  model_server server;
  fair_network wires;
  client redis;
};

/// Takes entries until the consumer ends, and keeps them.
template <class Consumer, class Entry>
asio::awaitable<void> take_all(Consumer& from, std::vector<Entry>& to) {
  for (;;) {
    auto next = co_await from.get_entry();
    if (!next) co_return;
    to.push_back(*std::move(next));
  }
}

template <class Consumer, class Entry>
void run(stage& on, Consumer& from, std::vector<Entry>& to) {
  asio::co_spawn(on.time.io(), take_all(from, to), rethrow);
}

group blocking_member(const std::string& name) {
  group what("workers");
  what.consumer(name).stream("orders").wake_by(wake::block);
  return what;
}

group beating_member(const std::string& name) {
  group what("workers");
  what.consumer(name).stream("orders").heartbeat(100ms).claim_timeout(1s);
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

TEST_CASE("what a member held that fell silent comes to another one") {
  stage on;
  auto gone = on.connect();
  std::vector<delivery> first, second;
  group_consumer dying(gone, beating_member("anna"));
  asio::co_spawn(on.time.io(), take_all(dying, first), [](const std::exception_ptr&) {});
  on.add("orders", "1");
  REQUIRE(first.size() == 1);
  group_consumer living(on.redis, beating_member("bert"));
  run(on, living, second);
  on.pass(5s);
  CHECK(second.empty());
  gone.stop();
  on.pass(5s);
  REQUIRE(second.size() == 1);
  CHECK(second[0].delivery_count() == 2);
  living.close();
}
