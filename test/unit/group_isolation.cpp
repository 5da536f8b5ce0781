#include "group/isolation.hpp"

#include "support/catch.hpp"

#include <chrono>

using namespace std::chrono_literals;
using sluice::isolation;

namespace {

constexpr isolation::time_point start{};

}  // namespace

TEST_CASE("a suspect entry waits until nothing else is in hand") {
  isolation what(1s);
  what.begin(true, start);
  CHECK(what.holds());
  what.on_left(1, false);
  CHECK(what.holds());
  what.on_left(2, true);
  CHECK_FALSE(what.holds());
}

TEST_CASE("others wait until the suspect entry has left") {
  isolation what(1s);
  what.begin(false, start);
  CHECK_FALSE(what.holds());
  what.on_given(7, start);
  CHECK(what.holds());
  what.on_left(6, false);
  CHECK(what.holds());
  what.on_left(7, true);
  CHECK_FALSE(what.holds());
  what.on_given(8, start);
  CHECK_FALSE(what.holds());
}

TEST_CASE("a suspect entry that waited long enough is handed out beside others, which wait anew") {
  isolation what(1s);
  what.begin(true, start);
  what.on_time(start + 999ms);
  CHECK(what.holds());
  what.on_time(start + 1s);
  CHECK_FALSE(what.holds());
  what.on_given(7, start + 1s);
  CHECK(what.holds());
}

TEST_CASE("who has a suspect entry and wants more first gets it after a while") {
  isolation what(1s);
  what.begin(false, start);
  what.on_given(7, start);
  what.on_time(start + 1s);
  CHECK_FALSE(what.holds());
  what.on_given(8, start + 1s);
  CHECK_FALSE(what.holds());
}
