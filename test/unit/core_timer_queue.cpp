// Many appointments, one alarm.

#include "support/catch.hpp"

#include "core/timer_queue.hpp"

#include <sluice/core/random.hpp>

#include <deque>
#include <functional>
#include <map>
#include <vector>

namespace {

using namespace std::chrono_literals;
using sluice::timed;
using sluice::timer_queue;
using time_point = sluice::clock::time_point;

constexpr auto at(int second) { return time_point(std::chrono::seconds(second)); }

struct guest final : timed {
  void on_time() override {
    ++calls;
    if (then) then();
  }
  int calls = 0;
  std::function<void()> then;
};

TEST_CASE("nobody waits at first") {
  timer_queue queue;
  CHECK(queue.next() == time_point::max());
  queue.ring(at(100));
}

TEST_CASE("the earliest appointment comes first") {
  timer_queue queue;
  guest a, b, c;
  std::vector<int> order;
  a.then = [&] { order.push_back(1); };
  b.then = [&] { order.push_back(2); };
  c.then = [&] { order.push_back(3); };
  queue.set(c, at(3));
  queue.set(a, at(1));
  queue.set(b, at(2));
  CHECK(queue.next() == at(1));
  queue.ring(at(2));
  CHECK(order == std::vector{1, 2});
  CHECK_FALSE(a.waits_for_time());
  CHECK(c.waits_for_time());
  CHECK(queue.next() == at(3));
  queue.cancel(c);
}

TEST_CASE("an appointment is moved, forgotten, and made again") {
  timer_queue queue;
  guest a;
  queue.set(a, at(5));
  queue.set(a, at(1));
  CHECK(queue.next() == at(1));
  queue.set(a, at(9));
  CHECK(queue.next() == at(9));
  queue.cancel(a);
  queue.cancel(a);
  CHECK(queue.next() == time_point::max());
  queue.ring(at(100));
  CHECK(a.calls == 0);
  queue.set(a, at(1));
  queue.ring(at(1));
  CHECK(a.calls == 1);
}

TEST_CASE("who asks for now again waits for the next turn") {
  timer_queue queue;
  guest eager;
  eager.then = [&] { queue.set(eager, at(0)); };
  queue.set(eager, at(0));
  queue.ring(at(1));
  CHECK(eager.calls == 1);
  queue.ring(at(1));
  CHECK(eager.calls == 2);
  queue.cancel(eager);
}

TEST_CASE("who is called may send others away") {
  timer_queue queue;
  guest a, b, c;
  a.then = [&] { queue.cancel(b); };
  queue.set(a, at(1));
  queue.set(b, at(2));
  queue.set(c, at(3));
  queue.ring(at(10));
  CHECK(a.calls == 1);
  CHECK(b.calls == 0);
  CHECK(c.calls == 1);
}

TEST_CASE("any mixture of setting, moving and cancelling keeps the order") {
  timer_queue queue;
  std::deque<guest> guests(200);
  std::map<guest*, time_point> expected;
  const auto random = sluice::seeded_random(11);
  auto now = at(0);
  for (int step = 0; step < 20'000; ++step) {
    auto& who = guests[random() % guests.size()];
    if (random() % 3 == 0) {
      queue.cancel(who);
      expected.erase(&who);
    } else {
      const auto when = now + std::chrono::milliseconds(random() % 1'000);
      queue.set(who, when);
      expected[&who] = when;
    }
    if (step % 7 == 0) {
      now += std::chrono::milliseconds(random() % 50);
      queue.ring(now);
      std::erase_if(expected, [&](const auto& each) { return each.second <= now; });
    }
    auto earliest = time_point::max();
    for (const auto& [each, when] : expected) earliest = std::min(earliest, when);
    REQUIRE(queue.next() == earliest);
  }
  for (auto& each : guests) {
    CHECK(each.waits_for_time() == expected.contains(&each));
    queue.cancel(each);
  }
}

}  // namespace
