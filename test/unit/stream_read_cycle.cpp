// When to look at a stream: every net under the doorbell, one by one.
#include "stream/read_cycle.hpp"

#include "support/catch.hpp"

namespace {

using namespace std::chrono_literals;
using sluice::read_cycle;
using look = read_cycle::look;
using style = read_cycle::style;

constexpr read_cycle::time_point begin{24h};

read_cycle make(read_cycle::settings chosen, std::uint64_t random = 0) {
  chosen.recheck = 5s;
  chosen.poll = 100ms;
  return read_cycle(chosen, [random] { return random; });
}

// A group's cycle that has armed, found nothing and waits for the bell.
read_cycle parked(std::uint64_t random = 0) {
  auto cycle = make({}, random);
  cycle.on_link_ready();
  REQUIRE(cycle.next(begin) == look::arm_and_read);
  cycle.on_read(0, 10, begin);
  return cycle;
}

// A cycle that was rung for nothing, `times` in a row, and holds a damping of 2^(times-1) ms.
read_cycle damped(int times, read_cycle::time_point& now) {
  auto cycle = parked();
  for (int i = 0; i < times; ++i) {
    now += 10s;
    cycle.on_ring();
    REQUIRE(cycle.next(now) != look::no);
    cycle.on_read(0, 10, now);
    now = std::max(now, cycle.alarm() < begin + 1h ? cycle.alarm() : now);
    if (cycle.next(now) != look::no) cycle.on_read(0, 10, now);
  }
  return cycle;
}

TEST_CASE("without a link there is nothing to do and nothing to wait for") {
  auto cycle = make({});
  CHECK(cycle.next(begin) == look::no);
  CHECK(cycle.alarm() == read_cycle::time_point::max());
  cycle.on_ring();
  cycle.check();
  CHECK(cycle.next(begin + 1h) == look::no);
}

TEST_CASE("the first look on a link arms the bell before it reads") {
  auto cycle = make({});
  cycle.on_link_ready();
  CHECK(cycle.next(begin) == look::arm_and_read);
  CHECK(cycle.next(begin) == look::no);
}

TEST_CASE("having found nothing, a reader waits for the bell or for the net") {
  const std::uint64_t least = 0;
  auto early = parked(least);
  CHECK(early.next(begin + 1s) == look::no);
  CHECK(early.alarm() == begin + 4s);
  auto late = parked(static_cast<std::uint64_t>(read_cycle::duration(2s).count()));
  CHECK(late.alarm() == begin + 6s);
}

TEST_CASE("a ring brings a parked reader to arm and read again") {
  auto cycle = parked();
  cycle.on_ring();
  CHECK(cycle.next(begin + 1ms) == look::arm_and_read);
}

TEST_CASE("a ring while reading causes one more look") {
  auto cycle = parked();
  cycle.on_ring();
  REQUIRE(cycle.next(begin) == look::arm_and_read);
  cycle.on_ring();
  cycle.on_read(1, 10, begin);
  CHECK(cycle.next(begin) == look::arm_and_read);
  cycle.on_read(0, 10, begin);
  CHECK(cycle.next(begin) == look::no);
}

TEST_CASE("a full read is followed by another at once, which need not arm") {
  auto cycle = parked();
  cycle.on_ring();
  REQUIRE(cycle.next(begin) == look::arm_and_read);
  cycle.on_ring();
  cycle.on_read(10, 10, begin);
  CHECK(cycle.next(begin) == look::read);
  cycle.on_read(10, 10, begin);
  CHECK(cycle.next(begin) == look::read);
}

TEST_CASE("after draining without an armed bell the last look arms") {
  auto cycle = parked();
  cycle.on_ring();
  REQUIRE(cycle.next(begin) == look::arm_and_read);
  cycle.on_ring();
  cycle.on_read(10, 10, begin);
  REQUIRE(cycle.next(begin) == look::read);
  cycle.on_read(3, 10, begin);
  CHECK(cycle.next(begin) == look::arm_and_read);
}

TEST_CASE("the net arms anew, as the bell may have been lost on its way") {
  auto cycle = parked();
  CHECK(cycle.next(begin + 4s) == look::arm_and_read);
}

TEST_CASE("a check looks at once, and trusts the armed bell") {
  auto cycle = parked();
  cycle.check();
  CHECK(cycle.next(begin) == look::read);
  cycle.on_read(0, 10, begin);
  CHECK(cycle.next(begin) == look::no);
}

TEST_CASE("who was rung for nothing tries first and arms after a pause") {
  auto now = begin;
  auto cycle = damped(1, now);
  now += 10ms;
  cycle.on_ring();
  REQUIRE(cycle.next(now) == look::read);
  cycle.on_read(0, 10, now);
  CHECK(cycle.next(now) == look::no);
  const auto until = cycle.alarm();
  CHECK(until >= now + 1ms);
  CHECK(until <= now + 2ms);
  CHECK(cycle.next(until) == look::arm_and_read);
}

TEST_CASE("the pause doubles up to one second and an entry ends it") {
  auto now = begin;
  auto cycle = damped(30, now);
  cycle.on_ring();
  now += 1s;
  REQUIRE(cycle.next(now) == look::read);
  cycle.on_read(0, 10, now);
  CHECK(cycle.alarm() - now >= 500ms);
  CHECK(cycle.alarm() - now <= 1s);
  now = cycle.alarm();
  REQUIRE(cycle.next(now) == look::arm_and_read);
  cycle.on_read(0, 10, now);
  cycle.on_ring();
  REQUIRE(cycle.next(now) == look::read);
  cycle.on_read(1, 10, now);
  CHECK(cycle.next(now) == look::arm_and_read);
  cycle.on_read(0, 10, now);
  cycle.on_ring();
  CHECK(cycle.next(now) == look::arm_and_read);
}

TEST_CASE("where reading arms, a second ring for nothing makes the next read wait") {
  auto cycle = make({.read_arms = true});
  cycle.on_link_ready();
  REQUIRE(cycle.next(begin) == look::read);
  cycle.on_read(0, 10, begin);
  cycle.on_ring();
  REQUIRE(cycle.next(begin) == look::read);
  cycle.on_read(0, 10, begin);
  cycle.on_ring();
  REQUIRE(cycle.next(begin) == look::read);
  cycle.on_read(0, 10, begin);
  cycle.on_ring();
  CHECK(cycle.next(begin) == look::no);
  CHECK(cycle.alarm() >= begin + 1ms);
  CHECK(cycle.next(cycle.alarm()) == look::read);
}

TEST_CASE("where reading arms, what was read is not read for again without a ring") {
  auto cycle = make({.read_arms = true});
  cycle.on_link_ready();
  REQUIRE(cycle.next(begin) == look::read);
  cycle.on_read(3, 10, begin);
  CHECK(cycle.next(begin) == look::no);
  cycle.on_ring();
  CHECK(cycle.next(begin) == look::read);
}

TEST_CASE("a failed read is tried again after a pause that doubles up to five seconds") {
  auto cycle = parked();
  auto now = begin;
  read_cycle::duration least = 25ms;
  for (int i = 0; i < 12; ++i) {
    now += 10s;
    REQUIRE(cycle.next(now) != look::no);
    const auto pause = cycle.on_failure(now);
    CHECK(pause == std::min<read_cycle::duration>(least, 2500ms));
    CHECK(cycle.alarm() == now + pause);
    CHECK(cycle.next(now + pause - 1ns) == look::no);
    least *= 2;
  }
}

TEST_CASE("a ring does not shorten the pause after a failure") {
  auto cycle = parked();
  REQUIRE(cycle.next(begin + 6s) != look::no);
  const auto pause = cycle.on_failure(begin + 6s);
  cycle.on_ring();
  CHECK(cycle.next(begin + 6s) == look::no);
  CHECK(cycle.alarm() == begin + 6s + pause);
}

TEST_CASE("after a failure the bell is not trusted, and a success starts the pauses over") {
  auto cycle = parked();
  auto now = begin + 6s;
  REQUIRE(cycle.next(now) != look::no);
  now += cycle.on_failure(now);
  REQUIRE(cycle.next(now) == look::arm_and_read);
  now += cycle.on_failure(now);
  REQUIRE(cycle.next(now) == look::arm_and_read);
  cycle.on_read(0, 10, now);
  now += 6s;
  REQUIRE(cycle.next(now) != look::no);
  CHECK(cycle.on_failure(now) == 25ms);
}

TEST_CASE("a new link is armed and read whatever was known before") {
  auto cycle = parked();
  cycle.on_link_lost();
  CHECK(cycle.next(begin + 1h) == look::no);
  cycle.on_link_ready();
  CHECK(cycle.next(begin + 1h) == look::arm_and_read);
}

TEST_CASE("a new link ends the pause after a failure") {
  auto cycle = parked();
  REQUIRE(cycle.next(begin + 6s) != look::no);
  cycle.on_failure(begin + 6s);
  cycle.on_link_lost();
  cycle.on_link_ready();
  CHECK(cycle.next(begin + 6s) == look::arm_and_read);
}

TEST_CASE("a read that was queued when the link broke is not doubled, and counts as unarmed") {
  auto cycle = make({});
  cycle.on_link_ready();
  REQUIRE(cycle.next(begin) == look::arm_and_read);
  cycle.on_link_lost();
  cycle.on_link_ready();
  CHECK(cycle.next(begin) == look::no);
  cycle.on_read(0, 10, begin);
  CHECK(cycle.next(begin) == look::arm_and_read);
}

TEST_CASE("a read that was given up with its connection is made again on the next") {
  auto cycle = make({});
  cycle.on_link_ready();
  REQUIRE(cycle.next(begin) == look::arm_and_read);
  cycle.on_link_lost();
  cycle.on_abandoned();
  cycle.on_link_ready();
  CHECK(cycle.next(begin) == look::arm_and_read);
}

TEST_CASE("blocking reads follow each other at once") {
  auto cycle = make({.how = style::block});
  cycle.on_link_ready();
  REQUIRE(cycle.next(begin) == look::read);
  cycle.on_read(0, 10, begin);
  CHECK(cycle.next(begin) == look::read);
}

TEST_CASE("polling reads by the clock, give or take a fifth, and hears no bell") {
  auto cycle = make({.how = style::poll});
  cycle.on_link_ready();
  REQUIRE(cycle.next(begin) == look::read);
  cycle.on_read(1, 10, begin);
  cycle.on_ring();
  CHECK(cycle.next(begin + 79ms) == look::no);
  CHECK(cycle.alarm() == begin + 80ms);
  CHECK(cycle.next(begin + 80ms) == look::read);
  cycle.on_read(10, 10, begin + 80ms);
  CHECK(cycle.next(begin + 80ms) == look::read);
}

TEST_CASE("a reader that turns from the bell to blocking and back arms again") {
  auto cycle = parked();
  cycle.on_link_lost();
  cycle.use(style::block);
  cycle.on_link_ready();
  REQUIRE(cycle.next(begin) == look::read);
  cycle.on_read(0, 10, begin);
  cycle.on_link_lost();
  cycle.use(style::doorbell);
  cycle.on_link_ready();
  CHECK(cycle.next(begin) == look::arm_and_read);
}

// A backlog.

read_cycle with_backlog(style how = style::doorbell) {
  auto cycle = make({.how = how, .depth = 2});
  cycle.on_link_ready();
  REQUIRE(cycle.next(begin) != look::no);
  REQUIRE(cycle.next(begin) == look::no);
  cycle.on_read(10, 10, begin);
  return cycle;
}

TEST_CASE("while there is more, a second read goes out behind the first, and no third") {
  auto cycle = with_backlog();
  CHECK(cycle.next(begin) == look::read);
  CHECK(cycle.next(begin) == look::read);
  CHECK(cycle.next(begin) == look::no);
  cycle.on_read(10, 10, begin);
  CHECK(cycle.next(begin) == look::read);
  CHECK(cycle.next(begin) == look::no);
}

TEST_CASE("a read that was not full leaves it to the one behind it, and that one to an arming") {
  auto cycle = with_backlog();
  REQUIRE(cycle.next(begin) == look::read);
  REQUIRE(cycle.next(begin) == look::read);
  cycle.on_ring();
  cycle.on_read(3, 10, begin);
  CHECK(cycle.next(begin) == look::no);
  cycle.on_read(0, 10, begin);
  CHECK(cycle.next(begin) == look::arm_and_read);
}

TEST_CASE("two reads under way that fail are one pause and one new look") {
  auto cycle = with_backlog();
  REQUIRE(cycle.next(begin) == look::read);
  REQUIRE(cycle.next(begin) == look::read);
  cycle.on_failure(begin);
  cycle.on_failure(begin);
  CHECK(cycle.next(begin) == look::no);
  CHECK(cycle.next(begin + 100ms) == look::arm_and_read);
  CHECK(cycle.next(begin + 100ms) == look::no);
}

TEST_CASE("no read waits behind one that blocks") {
  auto cycle = with_backlog(style::block);
  CHECK(cycle.next(begin) == look::read);
  CHECK(cycle.next(begin) == look::no);
}

}  // namespace
