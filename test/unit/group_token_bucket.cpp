// How often something may happen.
#include "group/token_bucket.hpp"
#include "support/catch.hpp"

#include <vector>

namespace {

using namespace std::chrono_literals;
using sluice::token_bucket;
using time_point = sluice::clock::time_point;

const time_point first_taken{1h};

std::vector<std::chrono::milliseconds> waits(token_bucket& from, int count, time_point now) {
  std::vector<std::chrono::milliseconds> all;
  for (int i = 0; i < count; ++i) {
    all.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(from.take(now) - now));
  }
  return all;
}

TEST_CASE("whoever asks in a row gets one turn an interval") {
  token_bucket bucket(10ms, 1);
  CHECK(waits(bucket, 4, first_taken) == std::vector{0ms, 10ms, 20ms, 30ms});
}

TEST_CASE("as many as are saved up go at once, then one an interval") {
  token_bucket bucket(10ms, 3);
  CHECK(waits(bucket, 5, first_taken) == std::vector{0ms, 0ms, 0ms, 10ms, 20ms});
}

TEST_CASE("a rest saves up no more than the burst") {
  token_bucket bucket(10ms, 2);
  CHECK(waits(bucket, 3, first_taken) == std::vector{0ms, 0ms, 10ms});
  CHECK(waits(bucket, 3, first_taken + 1h) == std::vector{0ms, 0ms, 10ms});
}

TEST_CASE("a short rest saves up what belongs to it") {
  token_bucket bucket(10ms, 3);
  waits(bucket, 3, first_taken);
  CHECK(waits(bucket, 3, first_taken + 25ms) == std::vector{0ms, 0ms, 5ms});
}

TEST_CASE("who comes at the right pace never waits") {
  token_bucket bucket(10ms, 1);
  for (int i = 0; i < 1'000; ++i) {
    const auto now = first_taken + i * 10ms;
    REQUIRE(bucket.take(now) == now);
  }
}

TEST_CASE("the widest burst at the slowest rate is no overflow") {
  token_bucket bucket(1'000s, 1'000'000);
  CHECK(waits(bucket, 1, first_taken) == std::vector{0ms});
}

}  // namespace
