#include "list/list_isolation.hpp"

#include "support/catch.hpp"

#include <chrono>

using namespace std::chrono_literals;
using sluice::list_isolation;
using suspect = sluice::list_isolation::suspect;

namespace {

constexpr list_isolation::time_point now{};
constexpr int list = 0, other_list = 0;

struct watched_isolation : list_isolation {
  watched_isolation() : list_isolation(1s) {
    when_free([this] { ++told; });
  }
  int told = 0;
};

}  // namespace

TEST_CASE("more is taken beside what is in hand while no element of a list is suspect") {
  watched_isolation what;
  what.took(&list, 5, suspect::none, now);
  CHECK_FALSE(what.holds(now));
  CHECK_FALSE(what.may_take_suspect(now));
  what.settled(5);
  CHECK(what.may_take_suspect(now));
  CHECK(what.told == 0);
}

TEST_CASE("nothing is taken while a suspect element is in hand, or waits for others") {
  const auto which = GENERATE(suspect::taken, suspect::comes_next);
  watched_isolation what;
  what.took(&list, 2, which, now);
  CHECK(what.holds(now));
  CHECK_FALSE(what.may_take_suspect(now));
  what.settled(1);
  CHECK(what.holds(now));
  CHECK(what.told == 0);
  what.settled(1);
  CHECK_FALSE(what.holds(now));
  CHECK(what.may_take_suspect(now));
  CHECK(what.told == 1);
}

TEST_CASE("where others are not settled for long, nobody waits until something is") {
  watched_isolation what;
  what.took(&list, 3, suspect::comes_next, now);
  what.look(now + 999ms);
  CHECK(what.told == 0);
  CHECK(what.holds(now + 999ms));
  what.look(now + 1s);
  CHECK(what.told == 1);
  CHECK_FALSE(what.holds(now + 1s));
  CHECK(what.may_take_suspect(now + 1s));
  what.took(&list, 1, suspect::taken, now + 1s);
  CHECK_FALSE(what.holds(now + 1s));
  CHECK(what.may_take_suspect(now + 1s));
  what.settled(1);
  CHECK(what.holds(now + 1s));
}

TEST_CASE("what comes of another list does not make a suspect element wait anew") {
  watched_isolation what;
  what.took(&list, 1, suspect::comes_next, now);
  what.took(&other_list, 0, suspect::none, now + 500ms);
  CHECK(what.holds(now + 500ms));
  what.took(&list, 0, suspect::comes_next, now + 999ms);
  CHECK_FALSE(what.holds(now + 1s));
  CHECK(what.may_take_suspect(now + 1s));
}

TEST_CASE("a suspect element that was settled keeps nothing waiting") {
  watched_isolation what;
  what.took(&list, 1, suspect::taken, now);
  what.settled(1);
  what.took(&other_list, 3, suspect::none, now);
  CHECK_FALSE(what.holds(now));
}

TEST_CASE("a suspect element that somebody else has taken keeps nothing waiting") {
  watched_isolation what;
  what.took(&list, 1, suspect::comes_next, now);
  what.settled(1);
  what.took(&list, 2, suspect::none, now);
  CHECK_FALSE(what.holds(now));
}
