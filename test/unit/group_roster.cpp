// Who counts as alive, by beats alone.
#include "group/clock_watch.hpp"
#include "group/roster.hpp"

#include "support/catch.hpp"

#include <chrono>
#include <string>

namespace {

using namespace std::chrono_literals;
using sluice::clock_watch;
using sluice::roster;

const roster::time_point heard_first{1h};

struct listener {
  listener() { who.on_hearing(heard_first); }
  void own_beat(std::chrono::milliseconds at) { who.on_beat("self", heard_first + at, true); }
  void beat(std::chrono::milliseconds at) { who.on_beat("other", heard_first + at, false); }

  roster who{1s};
};

TEST_CASE("a member is silent when its last beat is long before the listener's own") {
  listener at;
  at.beat(0ms);
  at.own_beat(999ms);
  CHECK_FALSE(at.who.is_silent("other"));
  at.own_beat(1'000ms);
  CHECK(at.who.is_silent("other"));
}

TEST_CASE("time alone silences nobody: who hears not itself hears not the others") {
  listener at;
  at.beat(0ms);
  at.own_beat(500ms);
  CHECK(at.who.next_silence() == heard_first + 1s);
  CHECK_FALSE(at.who.is_silent("other"));
}

TEST_CASE("a beat brings a silent member back to life") {
  listener at;
  at.beat(0ms);
  at.own_beat(1'500ms);
  REQUIRE(at.who.is_silent("other"));
  at.beat(1'600ms);
  CHECK_FALSE(at.who.is_silent("other"));
}

TEST_CASE("whatever is said on the channel, no more than so many names are kept") {
  listener at;
  const std::string long_text(roster::longest_name + 1, 'x');
  at.who.on_beat(long_text, heard_first, false);
  CHECK_FALSE(at.who.has_beaten(long_text));
  for (std::size_t i = 0; i < roster::most_known; ++i) {
    at.who.on_beat(std::to_string(i), heard_first, false);
  }
  at.beat(0ms);
  CHECK_FALSE(at.who.has_beaten("other"));
  at.own_beat(1s);
  CHECK(at.who.is_silent("7"));
  at.beat(1s);
  CHECK(at.who.has_beaten("other"));
  CHECK_FALSE(at.who.has_beaten("7"));
}

TEST_CASE("somebody who was never heard is not silent but unknown") {
  listener at;
  at.own_beat(1h);
  CHECK_FALSE(at.who.is_silent("other"));
  CHECK_FALSE(at.who.has_beaten("other"));
}

TEST_CASE("somebody who has been silent for very long is forgotten") {
  listener at;
  at.beat(0ms);
  at.own_beat(1s);
  CHECK(at.who.somebody_fell_silent());
  at.own_beat(9'999ms);
  CHECK_FALSE(at.who.somebody_fell_silent());
  CHECK(at.who.is_silent("other"));
  at.own_beat(10s);
  CHECK_FALSE(at.who.somebody_fell_silent());
  CHECK_FALSE(at.who.has_beaten("other"));
}

TEST_CASE("after the listener was deaf everybody has the whole time again") {
  listener at;
  at.beat(0ms);
  at.who.on_deaf();
  at.own_beat(5s);
  CHECK_FALSE(at.who.is_silent("other"));
  at.who.on_hearing(heard_first + 5s);
  at.own_beat(5'999ms);
  CHECK_FALSE(at.who.is_silent("other"));
  at.own_beat(6s);
  CHECK(at.who.is_silent("other"));
}

TEST_CASE("a fall into silence is told once") {
  listener at;
  at.beat(0ms);
  at.own_beat(500ms);
  CHECK_FALSE(at.who.somebody_fell_silent());
  at.own_beat(1'000ms);
  CHECK(at.who.somebody_fell_silent());
  CHECK_FALSE(at.who.somebody_fell_silent());
  at.beat(1'100ms);
  at.own_beat(2'200ms);
  CHECK(at.who.somebody_fell_silent());
}

TEST_CASE("a server's clock that runs with one's own is trusted") {
  clock_watch watch;
  for (int i = 0; i < 100; ++i) {
    const auto now = heard_first + i * 500ms;
    CHECK_FALSE(watch.look(7h + i * 500ms + std::chrono::milliseconds(i % 3), now, now + 2ms));
  }
  CHECK(watch.trusted(1h, heard_first));
}

TEST_CASE(
    "a step of the server's clock is noticed, and its idle times are not trusted for a while") {
  const auto by = GENERATE(3'600'000, -3'600'000, 5'000);
  clock_watch watch;
  watch.look(7h, heard_first, heard_first + 1ms);
  const auto step =
      watch.look(7h + 1s + std::chrono::milliseconds(by), heard_first + 1s, heard_first + 1'001ms);
  REQUIRE(step);
  CHECK(std::abs(step->count() - by) < 10);
  CHECK_FALSE(watch.trusted(10s, heard_first + 10s));
  CHECK(watch.trusted(10s, heard_first + 12s));
}

TEST_CASE("a slow answer is no step") {
  clock_watch watch;
  watch.look(7h, heard_first, heard_first + 1ms);
  CHECK_FALSE(watch.look(7h + 30s, heard_first + 1s, heard_first + 30s));
}

}  // namespace
