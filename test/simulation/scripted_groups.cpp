// Stories of groups that share work: members that die, are slow, or meet a server in trouble.
#include "stage.hpp"

#include "group/ownership.hpp"

#include "sluice/core/result.hpp"
#include "sluice/group/worker.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <memory>
#include <optional>
#include <set>
#include <stdexcept>

namespace {

namespace asio = boost::asio;
using namespace sluice;
using namespace sluice::simulation;

group beating_member(const std::string& name) {
  group what("workers");
  what.consumer(name).stream("orders").heartbeat(100ms).claim_timeout(1s);
  return what;
}

void run_until_stopped(stage& on, group_consumer& from, std::vector<delivery>& to) {
  asio::co_spawn(on.time.io(), take_all(from, to), [](const std::exception_ptr&) {});
}

asio::awaitable<void> take_one(group_consumer& from, std::vector<delivery>& to) {
  auto next = co_await from.get_entry();
  if (next) to.push_back(*std::move(next));
}

/// Starts an operation and forgets it.
template <class Operation>
void begin(stage& on, Operation operation) {
  asio::co_spawn(on.time.io(), std::move(operation), [](const std::exception_ptr&) {});
}

}  // namespace

TEST_CASE("what a member held that fell silent comes to another one") {
  stage on;
  auto gone = on.connect();
  std::vector<delivery> first, second;
  group_consumer dying(gone, beating_member("anna"));
  run_until_stopped(on, dying, first);
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

TEST_CASE("a member keeps what it took out of its backlog, however long it works on it") {
  stage on;
  std::vector<delivery> first, second, others;
  auto gone = on.connect();
  group_consumer dying(gone, beating_member("anna"));
  run_until_stopped(on, dying, first);
  on.add("orders", "1");
  on.add("orders", "2");
  REQUIRE(first.size() == 2);
  gone.stop();
  auto again = on.connect();
  group_consumer anew(again, beating_member("anna"));
  asio::co_spawn(on.time.io(), take_one(anew, second), rethrow);
  group_consumer other(on.redis, beating_member("bert"));
  run(on, other, others);
  on.pass(10s);
  REQUIRE(second.size() == 1);
  CHECK_FALSE(second[0].lease_lost());
  CHECK(others.empty());
  anew.close();
  other.close();
}

TEST_CASE("an entry of the backlog comes also when one that was given back gets before it") {
  stage on;
  std::vector<delivery> first, second;
  auto gone = on.connect();
  group_consumer dying(gone, beating_member("anna"));
  run_until_stopped(on, dying, first);
  on.add("orders", "1");
  on.add("orders", "2");
  // The server knows the script that takes what was given back.
  begin(on, std::move(first[0]).nack());
  on.pass(10ms);
  REQUIRE(first.size() == 3);
  dying.pause();
  begin(on, std::move(first[2]).nack(300ms));
  on.pass(10ms);
  gone.stop();
  on.pass(400ms);
  group_consumer anew(on.redis, beating_member("anna").prefetch(0));
  asio::co_spawn(on.time.io(), take_one(anew, second), rethrow);
  on.pass(200ms);
  asio::co_spawn(on.time.io(), take_one(anew, second), rethrow);
  on.pass(200ms);
  CHECK(second.size() == 2);
  anew.close();
}

TEST_CASE("who settles what he has only after he got more gets suspects, too, after a while") {
  stage on;
  std::vector<delivery> all;
  for (int life = 0; life < 2; ++life) {
    auto gone = on.connect();
    group_consumer dying(gone, beating_member("anna"));
    std::vector<delivery> lost;
    run_until_stopped(on, dying, lost);
    if (life == 0) on.add("orders", "a suspect");
    on.pass(100ms);
    gone.stop();
    on.pass(100ms);
  }
  group_consumer from(on.redis, beating_member("anna"));
  run(on, from, all);
  on.add("orders", "another");
  on.pass(500ms);
  CHECK(all.size() == 1);
  on.pass(2s);
  CHECK(all.size() == 2);
  from.close();
}

TEST_CASE("what was given back does not come with a page of the backlog that was under way") {
  for (auto moment = 0ms; moment < 150ms; moment += 1ms) {
    CAPTURE(moment.count());
    stage on;
    std::vector<delivery> taken;
    group what("workers");
    what.consumer("anna").stream("orders").wake_by(wake::poll).poll_interval(100ms);
    group_consumer from(on.redis, what);
    run(on, from, taken);
    on.add("orders", "1");
    on.pass(100ms);
    REQUIRE(taken.size() == 1);
    // A read is lost: the backlog is read, where the entry in hand stands as well.
    on.server.stall(150ms);
    on.pass(120ms);
    on.server.restart();
    on.pass(moment);
    begin(on, std::move(taken[0]).nack(10s));
    on.pass(2s);
    CHECK(taken.size() == 1);
    from.close();
  }
}

TEST_CASE("entries of the backlog know their delivery counts, whatever lies between them") {
  stage on;
  std::vector<delivery> taken;
  group what("workers");
  what.consumer("anna").stream("orders").wake_by(wake::poll).poll_interval(100ms);
  group_consumer from(on.redis, what);
  run(on, from, taken);
  for (const auto* const each : {"1", "2", "3"}) on.add("orders", each);
  on.pass(100ms);
  REQUIRE(taken.size() == 3);
  const delivery in_hand = std::move(taken[1]);
  taken.clear();
  // A read is lost, and the backlog is read.
  on.server.stall(150ms);
  on.pass(120ms);
  on.server.restart();
  on.pass(2s);
  REQUIRE(taken.size() == 2);
  CHECK(taken[0].delivery_count() == 2);
  CHECK(taken[1].delivery_count() == 2);
  from.close();
}

TEST_CASE("what a member takes that it had lost unknowingly, and has acknowledged, is done") {
  for (auto moment = 0ms; moment < 20ms; moment += 1ms) {
    CAPTURE(moment.count());
    stage on;
    const auto home = process::make(on.time);
    auto sleepy = on.connect(home);
    std::vector<delivery> taken, others;
    group_consumer anna(sleepy, beating_member("anna")), bert(on.redis, beating_member("bert"));
    run(on, anna, taken);
    on.add("orders", "1");
    REQUIRE(taken.size() == 1);
    run(on, bert, others);
    on.pass(500ms);
    bert.pause();
    home->freeze();
    on.pass(3s);
    home->thaw();
    on.pass(moment);
    bool confirmed = false;
    if (!taken[0].lease_lost()) {
      asio::co_spawn(on.time.io(), std::move(taken[0]).ack(),
                     [&](const std::exception_ptr& why) { confirmed = why == nullptr; });
    }
    on.pass(3s);
    if (confirmed) CHECK(taken.size() == 1);
    anna.close();
    bert.close();
  }
}

TEST_CASE("a rejection that was long under way and is sent again knows whose the entry is by now") {
  stage on;
  std::vector<delivery> first, second;
  group_consumer bert(on.redis, beating_member("bert"));
  on.pass(100ms);
  auto elsewhere = on.connect();
  on.wires.silence = 1s;
  group_consumer anna(elsewhere, beating_member("anna"));
  run_until_stopped(on, anna, first);
  on.add("orders", "1");
  REQUIRE(first.size() == 1);
  run(on, bert, second);
  on.pass(1050ms);
  std::exception_ptr refused;
  asio::co_spawn(on.time.io(), std::move(first[0]).reject("no good"),
                 [&](const std::exception_ptr& why) { refused = why; });
  on.pass(30s);
  REQUIRE(second.size() == 1);
  REQUIRE(refused);
  CHECK_THROWS_AS(std::rethrow_exception(refused), error);
  anna.close();
  bert.close();
}

TEST_CASE("a neighbour on the same connection hears that it lost an entry before another has it") {
  stage on;
  std::vector<delivery> first, second;
  group_consumer anna(on.redis, beating_member("anna")), bert(on.redis, beating_member("bert"));
  run(on, anna, first);
  on.add("orders", "1");
  REQUIRE(first.size() == 1);
  anna.pause();
  run(on, bert, second);
  const auto step = ownership::orphan_all({"orders", "workers"}, "anna", 10, 1s);
  auto elsewhere = on.connect();
  asio::co_spawn(on.time.io(), elsewhere.exec(*step.what, step.keys, step.arguments),
                 [](const std::exception_ptr& why, const reply&) { CHECK_FALSE(why); });
  for (int i = 0; i < 300 && second.empty(); ++i) on.pass(1ms);
  REQUIRE(second.size() == 1);
  CHECK(first[0].lease_lost());
  anna.close();
  bert.close();
}

TEST_CASE("an acknowledgement that was long under way settles nothing that is another's by now") {
  stage on;
  std::vector<delivery> first, second;
  group_consumer bert(on.redis, beating_member("bert").max_lease(3s));
  on.pass(100ms);
  auto elsewhere = on.connect();
  on.wires.silence = 1s;
  group_consumer anna(elsewhere, beating_member("anna").max_lease(3s));
  run_until_stopped(on, anna, first);
  on.add("orders", "1");
  REQUIRE(first.size() == 1);
  run(on, bert, second);
  on.pass(1050ms);
  std::move(first[0]).ack_later();
  on.pass(30s);
  CHECK(second.size() > 1);
  CHECK(on.server.data().group("orders", "workers")->pending.size() == 1);
  anna.close();
  bert.close();
}

TEST_CASE("what was taken over is found again when the answer was lost, wherever reading stands") {
  for (auto moment = 500us; moment < 100ms; moment += 1ms) {
    CAPTURE(moment.count());
    stage on;
    std::vector<delivery> taken, given;
    group what("workers");
    what.stream("orders").prefetch(1).wake_by(wake::poll).poll_interval(100ms);
    auto elsewhere = on.connect();
    group_consumer bert(elsewhere, group(what).consumer("bert"));
    asio::co_spawn(on.time.io(), take_one(bert, given), rethrow);
    on.add("orders", "1");
    REQUIRE(given.size() == 1);
    bert.close();
    group_consumer anna(on.redis, group(what).consumer("anna"));
    run(on, anna, taken);
    for (int i = 0; i < 8; ++i) on.add("orders", "left pending");
    on.pass(1s);
    REQUIRE(taken.size() == 8);
    taken.clear();
    // A read is lost, so that the backlog is read; and then whatever is under way.
    on.server.stall(150ms);
    on.pass(120ms);
    begin(on, std::move(given[0]).nack());
    on.server.restart();
    on.wires.life = moment;
    on.pass(200ms);
    on.wires.life.reset();
    on.pass(10s);
    std::set<std::string> found;
    for (const auto& each : taken) found.emplace(each.field("tag"));
    CHECK(found.contains("1"));
    anna.close();
  }
}

TEST_CASE("what others took out of the backlog while it was read is not handed out") {
  for (auto moment = 900ms; moment < 1300ms; moment += 1ms) {
    CAPTURE(moment.count());
    stage on;
    std::vector<delivery> taken, first, others;
    auto gone = on.connect();
    group_consumer dying(gone, beating_member("anna"));
    run_until_stopped(on, dying, first);
    on.add("orders", "1");
    REQUIRE(first.size() == 1);
    group_consumer bert(on.redis, beating_member("bert"));
    run(on, bert, others);
    on.pass(500ms);
    gone.stop();
    auto again = on.connect();
    on.pass(moment);
    group_consumer anna(again, beating_member("anna"));
    run(on, anna, taken);
    on.pass(500ms);
    for (const auto& each : taken) CHECK(each.delivery_count().has_value());
    anna.close();
    bert.close();
  }
}

TEST_CASE("what was taken over and is in hand is not given out again by a group made anew") {
  stage on;
  std::vector<delivery> first, second;
  group what("workers");
  what.stream("orders");
  auto elsewhere = on.connect();
  group_consumer giver(elsewhere, group(what).consumer("bert"));
  asio::co_spawn(on.time.io(), take_one(giver, first), rethrow);
  on.add("orders", "1");
  REQUIRE(first.size() == 1);
  giver.close();
  begin(on, std::move(first[0]).nack());
  group_consumer from(on.redis, group(what).consumer("anna"));
  run(on, from, second);
  on.pass(1s);
  REQUIRE(second.size() == 1);
  on.server.destroy_group("orders", "workers");
  on.server.data().stream("orders")->groups["workers"] = {};
  on.add("orders", "2");
  on.pass(1s);
  REQUIRE(second.size() == 2);
  CHECK(second[1].field("tag") == "2");
  from.close();
}

TEST_CASE("a member that a busy server did not let listen works once it is let") {
  stage on;
  std::vector<delivery> taken;
  group_consumer from(on.redis, beating_member("anna"));
  run(on, from, taken);
  on.pass(200ms);
  on.server.set_mood(mood::busy);
  on.server.restart();
  on.pass(2s);
  on.server.set_mood(mood::well);
  on.pass(5s);
  on.add("orders", "1");
  on.pass(10s);
  CHECK(taken.size() == 1);
  from.close();
}

TEST_CASE("a server that stands still makes nobody silent") {
  stage on;
  auto elsewhere = on.connect();
  std::vector<delivery> first, second;
  group_consumer anna(on.redis, beating_member("anna")), bert(elsewhere, beating_member("bert"));
  run(on, anna, first);
  run(on, bert, second);
  for (int i = 0; i < 20; ++i) {
    on.add("orders", std::to_string(i));
    on.pass(clock::duration(7ms * i));
    on.server.stall(1500ms + 13ms * i);
    on.pass(4s);
  }
  CHECK(first.size() + second.size() == 20);
  anna.close();
  bert.close();
}

TEST_CASE("a worker whose client is stopped does not wait for the pause before the next attempt") {
  stage on;
  const auto fail = [](delivery&) -> asio::awaitable<void> {
    throw std::runtime_error("not now");
    co_return;
  };
  const auto pause = retry_policy::fixed(1h);
  worker shop(on.redis, beating_member("anna"), fail,
              concurrency(1).retry(pause).ordered_by([](const entry&) { return "key"; }));
  bool ended = false;
  asio::co_spawn(on.time.io(), shop.run(), [&](const std::exception_ptr&) { ended = true; });
  on.add("orders", "1");
  on.pass(1s);
  on.redis.stop();
  on.pass(1s);
  CHECK(ended);
}

TEST_CASE("a worker that is cancelled once more while it drains ends without an error") {
  stage on;
  const auto work = [&](delivery&) -> asio::awaitable<void> { return on.time.sleep(2s); };
  worker shop(on.redis, beating_member("anna"), work);
  asio::cancellation_signal cancel;
  std::optional<bool> failed;
  asio::co_spawn(on.time.io(), shop.run(),
                 asio::bind_cancellation_slot(
                     cancel.slot(), [&](std::exception_ptr why) { failed = why != nullptr; }));
  on.add("orders", "1");
  on.pass(100ms);
  cancel.emit(asio::cancellation_type::terminal);
  on.pass(100ms);
  CHECK_FALSE(failed);
  cancel.emit(asio::cancellation_type::terminal);
  on.pass(5s);
  REQUIRE(failed);
  CHECK_FALSE(*failed);
}

TEST_CASE("a member of two beats a life hears each of them in time") {
  stage on;
  std::vector<delivery> taken;
  int lost = 0;
  group what("workers");
  what.consumer("anna").stream("orders").heartbeat(100ms).claim_timeout(200ms);
  auto watched = on.connect([&](const event& each) {
    lost += std::holds_alternative<events::heartbeat_lost>(each) ? 1 : 0;
  });
  group_consumer from(watched, what);
  run(on, from, taken);
  on.pass(10s);
  CHECK(lost == 0);
  from.close();
}

TEST_CASE("while the server does not answer, a member asks once for its leases") {
  stage on;
  std::vector<delivery> taken;
  group_consumer from(on.redis, beating_member("anna"));
  run(on, from, taken);
  on.add("orders", "1");
  on.server.stall(60s);
  on.pass(4s);
  const auto before = on.redis.counters().in_flight;
  on.pass(40s);
  CHECK(on.redis.counters().in_flight <= before + 5);
  from.close();
}
