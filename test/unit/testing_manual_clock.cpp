#include <sluice/testing/manual_clock.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

using namespace std::chrono_literals;
using sluice::testing::manual_clock;

/// A clock with an event loop, and a diary of who rang when.
struct bench {
  boost::asio::io_context io;
  manual_clock time;
  std::string diary;

  std::unique_ptr<sluice::clock::alarm> alarm() { return time.make_alarm(io.get_executor()); }

  std::function<void()> note(char letter) {
    return [this, letter] { diary += letter; };
  }
};

}  // namespace

TEST_CASE("a manual clock stands still until it is moved", "[testing]") {
  manual_clock time;
  const auto start = time.now();
  const auto wall = time.wall_now();
  CHECK(wall == manual_clock::default_start);
  CHECK(time.now() == start);
  time.advance(90s);
  CHECK(time.now() - start == 90s);
  CHECK(time.wall_now() - wall == 90s);
  time.advance_to(start + 2min);
  CHECK(time.now() - start == 2min);
}

TEST_CASE("monotonic time does not go back", "[testing]") {
  manual_clock time;
  CHECK_THROWS_AS(time.advance(-1s), std::invalid_argument);
  CHECK_THROWS_AS(time.advance_to(time.now() - 1s), std::invalid_argument);
  boost::asio::io_context io;
  CHECK_THROWS_AS(time.pass(io, -1s), std::invalid_argument);
}

TEST_CASE("the wall clock steps alone", "[testing]") {
  bench b;
  const auto alarm = b.alarm();
  alarm->set(b.time.now() + 1min, b.note('a'));
  const auto steady = b.time.now();
  b.time.step_wall(1h);
  CHECK(b.time.wall_now() == manual_clock::default_start + 1h);
  b.time.step_wall(-3h);
  CHECK(b.time.wall_now() == manual_clock::default_start - 2h);
  CHECK(b.time.now() == steady);
  b.io.poll();
  CHECK(b.diary.empty());
}

TEST_CASE("a due alarm rings on its executor and not in the call", "[testing]") {
  bench b;
  const auto alarm = b.alarm();
  alarm->set(b.time.now() + 10s, b.note('a'));
  CHECK(b.time.alarms() == 1);
  b.time.advance(9s);
  b.io.poll();
  CHECK(b.diary.empty());
  b.time.advance(1s);
  CHECK(b.diary.empty());
  CHECK(b.time.alarms() == 0);
  b.io.poll();
  CHECK(b.diary == "a");
  b.time.advance(1h);
  b.io.poll();
  CHECK(b.diary == "a");
}

TEST_CASE("an alarm set for the past rings with the next turn", "[testing]") {
  bench b;
  const auto alarm = b.alarm();
  alarm->set(b.time.now() - 1s, b.note('a'));
  CHECK(b.diary.empty());
  b.io.poll();
  CHECK(b.diary == "a");
}

TEST_CASE("alarms ring in the order of their times, then of their setting", "[testing]") {
  bench b;
  const auto a = b.alarm();
  const auto c = b.alarm();
  const auto d = b.alarm();
  const auto e = b.alarm();
  e->set(b.time.now() + 3s, b.note('e'));
  c->set(b.time.now() + 2s, b.note('c'));
  d->set(b.time.now() + 2s, b.note('d'));
  a->set(b.time.now() + 1s, b.note('a'));
  b.time.advance(1min);
  b.io.poll();
  CHECK(b.diary == "acde");
}

TEST_CASE("a replaced, cancelled or destroyed alarm is silent, even when it was due", "[testing]") {
  bench b;
  const auto replaced = b.alarm();
  const auto cancelled = b.alarm();
  auto destroyed = b.alarm();
  for (auto* alarm : {replaced.get(), cancelled.get(), destroyed.get()}) {
    alarm->set(b.time.now() + 1s, b.note('x'));
  }
  b.time.advance(1s);
  replaced->set(b.time.now() + 1s, b.note('r'));
  cancelled->cancel();
  destroyed.reset();
  b.io.poll();
  CHECK(b.diary.empty());
  b.time.advance(1s);
  b.io.poll();
  CHECK(b.diary == "r");
}

TEST_CASE("a ringing alarm may set itself again", "[testing]") {
  bench b;
  const auto alarm = b.alarm();
  std::function<void()> beat = [&] {
    b.diary += 'b';
    alarm->set(b.time.now() + 1s, beat);
  };
  alarm->set(b.time.now() + 1s, beat);
  b.time.pass(b.io, 10s);
  CHECK(b.diary == std::string(10, 'b'));
  b.time.advance(10s);  // a leap, in contrast, rings once
  b.io.poll();
  CHECK(b.diary == std::string(11, 'b'));
}

TEST_CASE("the next alarm is where time can jump to", "[testing]") {
  bench b;
  CHECK_FALSE(b.time.next_alarm().has_value());
  CHECK_FALSE(b.time.advance_to_next_alarm());
  const auto start = b.time.now();
  const auto one = b.alarm();
  const auto two = b.alarm();
  one->set(start + 5s, b.note('1'));
  two->set(start + 7s, b.note('2'));
  CHECK(b.time.next_alarm() == start + 5s);
  CHECK(b.time.advance_to_next_alarm());
  CHECK(b.time.now() == start + 5s);
  CHECK(b.time.advance_to_next_alarm());
  CHECK(b.time.now() == start + 7s);
  b.io.poll();
  CHECK(b.diary == "12");
}

TEST_CASE("passing time ends where it should, also without alarms", "[testing]") {
  bench b;
  const auto start = b.time.now();
  b.time.pass(b.io, 1h);
  CHECK(b.time.now() - start == 1h);
}

TEST_CASE("a pending alarm keeps the event loop waiting and a cancelled one does not",
          "[testing]") {
  bench b;
  const auto alarm = b.alarm();
  alarm->set(b.time.now() + 1s, b.note('a'));
  b.io.poll();
  CHECK_FALSE(b.io.stopped());
  alarm->cancel();
  b.io.poll();
  CHECK(b.io.stopped());
}

TEST_CASE("an alarm may outlive its clock", "[testing]") {
  boost::asio::io_context io;
  std::optional<manual_clock> time(std::in_place);
  const auto alarm = time->make_alarm(io.get_executor());
  const auto soon = time->now() + 1s;
  bool rang = false;
  alarm->set(soon, [&] { rang = true; });
  time.reset();
  io.poll();
  CHECK_FALSE(rang);
  alarm->cancel();
}

TEST_CASE("an event loop that dies with an alarm pending forgets it", "[testing]") {
  manual_clock time;
  {
    boost::asio::io_context io;
    const auto alarm = time.make_alarm(io.get_executor());
    alarm->set(time.now() + 1s, [] {});
    time.advance(2s);
  }
  CHECK(time.alarms() == 0);
}
