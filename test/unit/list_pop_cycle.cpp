// When a list of messages is looked at.
#include "list/pop_cycle.hpp"
#include "support/catch.hpp"

namespace {

using sluice::pop_cycle;
using look = pop_cycle::look;
using namespace std::chrono_literals;

const pop_cycle::time_point first_look{1h};

pop_cycle made(bool bell = true) {
  pop_cycle cycle([] { return std::uint64_t{0}; });
  cycle.on_link_ready(bell);
  return cycle;
}

/// One that has found its list empty, and armed.
pop_cycle armed() {
  auto cycle = made();
  CHECK(cycle.next(first_look) == look::pop_and_arm);
  cycle.on_popped(0, 1, 0, first_look);
  return cycle;
}

TEST_CASE("without a link nothing is looked at") {
  pop_cycle cycle([] { return std::uint64_t{0}; });
  CHECK(cycle.next(first_look) == look::no);
  CHECK(cycle.alarm() == pop_cycle::time_point::max());
}

TEST_CASE("each link begins with a look that arms") {
  auto cycle = armed();
  CHECK(cycle.next(first_look) == look::no);
  cycle.on_link_lost();
  cycle.on_ring();
  CHECK(cycle.next(first_look) == look::no);
  cycle.on_link_ready(true);
  CHECK(cycle.next(first_look) == look::pop_and_arm);
}

TEST_CASE("a ring brings one look at a time") {
  auto cycle = armed();
  cycle.on_ring();
  CHECK(cycle.next(first_look) == look::pop_and_arm);
  CHECK(cycle.under_way());
  cycle.on_ring();
  CHECK(cycle.next(first_look) == look::no);
}

TEST_CASE("what rang before the count is in the count") {
  auto cycle = armed();
  cycle.on_ring();
  CHECK(cycle.next(first_look) == look::pop_and_arm);
  cycle.on_ring();
  cycle.on_popped(1, 1, 0, first_look);
  CHECK(cycle.next(first_look) == look::no);
}

TEST_CASE("while something is left it looks again at once") {
  auto cycle = made();
  CHECK(cycle.next(first_look) == look::pop_and_arm);
  cycle.on_popped(1, 1, 3, first_look);
  CHECK(cycle.next(first_look) == look::pop_and_arm);
}

TEST_CASE("a bell that was lost is made good by the net") {
  auto cycle = armed();
  CHECK(cycle.alarm() > first_look + 5s);
  CHECK(cycle.alarm() < first_look + 15s);
  CHECK(cycle.next(cycle.alarm()) == look::pop_and_arm);
}

TEST_CASE("whoever was rung for nothing tries its luck first, and is not rung for a while") {
  auto cycle = armed();
  cycle.on_ring();
  CHECK(cycle.next(first_look) == look::pop_and_arm);
  cycle.on_popped(0, 1, 0, first_look);
  cycle.on_ring();
  CHECK(cycle.next(first_look) == look::pop);
  cycle.on_popped(0, 1, std::nullopt, first_look);
  CHECK(cycle.next(first_look) == look::no);
  CHECK(cycle.alarm() > first_look);
  CHECK(cycle.next(cycle.alarm()) == look::pop_and_arm);
}

TEST_CASE("a message makes up for rings that brought none") {
  auto cycle = armed();
  cycle.on_ring();
  CHECK(cycle.next(first_look) == look::pop_and_arm);
  cycle.on_popped(0, 1, 0, first_look);
  cycle.on_ring();
  CHECK(cycle.next(first_look) == look::pop);
  cycle.on_popped(1, 1, std::nullopt, first_look);
  CHECK(cycle.next(first_look) == look::pop_and_arm);
}

TEST_CASE("a look that failed is repeated after a pause that grows") {
  auto cycle = made();
  pop_cycle::duration last = 0s;
  for (int i = 0; i < 5; ++i) {
    CHECK(cycle.next(first_look + i * 1min) != look::no);
    cycle.on_failure(first_look + i * 1min);
    const auto pause = cycle.alarm() - (first_look + i * 1min);
    CHECK(pause > last);
    last = pause;
  }
}

TEST_CASE("without bells all lists are looked at by the same clock") {
  auto cycle = made(false);
  CHECK(cycle.next(first_look + 3ms) == look::pop);
  cycle.on_popped(0, 1, std::nullopt, first_look + 3ms);
  CHECK(cycle.next(first_look + 4ms) == look::no);
  CHECK(cycle.alarm() == first_look + 50ms);
  auto other = made(false);
  CHECK(other.next(first_look + 31ms) == look::pop);
  other.on_popped(0, 1, std::nullopt, first_look + 31ms);
  CHECK(other.alarm() == cycle.alarm());
  CHECK(other.next(other.alarm()) == look::pop);
  other.on_popped(1, 1, std::nullopt, first_look + 50ms);
  CHECK(other.next(first_look + 50ms) == look::pop);
}

}  // namespace
