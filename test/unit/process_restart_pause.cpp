// How long a process that died is not started anew.
#include "support/catch.hpp"

#include "process/restart_pause.hpp"

namespace {

using namespace std::chrono_literals;
using sluice::restart_pause;

}  // namespace

TEST_CASE("pauses double while processes die soon, up to the longest") {
  restart_pause pause(100ms, 1s);
  CHECK(pause.after(0ms) == 100ms);
  CHECK(pause.after(5ms) == 200ms);
  CHECK(pause.after(999ms) == 400ms);
  CHECK(pause.after(0ms) == 800ms);
  CHECK(pause.after(0ms) == 1s);
  CHECK(pause.after(0ms) == 1s);
}

TEST_CASE("one that has lived for longer than the longest pause is followed at once") {
  restart_pause pause(100ms, 1s);
  CHECK(pause.after(2s) == 0ms);
  CHECK(pause.after(0ms) == 100ms);
  CHECK(pause.after(0ms) == 200ms);
  CHECK(pause.after(2s) == 0ms);
  CHECK(pause.after(0ms) == 100ms);
}

TEST_CASE("a crew that dies for a day is started no more often than the longest pause allows") {
  restart_pause pause(100ms, 30s);
  auto time = sluice::clock::duration(0);
  int starts = 0;
  for (; time < 24h; ++starts) time += pause.after(0ms);
  CHECK(starts <= 24 * 60 * 2 + 10);
}

TEST_CASE("the longest of all pauses does not overflow") {
  const auto longest = sluice::clock::duration::max();
  restart_pause pause(longest / 3, longest);
  CHECK(pause.after(0ms) == longest / 3);
  CHECK(pause.after(0ms) == longest / 3 * 2);
  CHECK(pause.after(0ms) == longest);
  CHECK(pause.after(0ms) == longest);
}
