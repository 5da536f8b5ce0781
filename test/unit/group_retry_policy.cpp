// How often, and after which pauses.
#include <sluice/core/error.hpp>
#include <sluice/group/retry_policy.hpp>

#include "support/catch.hpp"
#include "support/scene.hpp"

#include <stdexcept>
#include <vector>

namespace {

using namespace std::chrono_literals;
using sluice::retry_policy;

template <class Error>
std::exception_ptr thrown(Error what) {
  return std::make_exception_ptr(std::move(what));
}

const auto any = std::make_exception_ptr(std::runtime_error("any"));

TEST_CASE("a pause without end is still one that can be added to a time") {
  const auto for_ever = std::chrono::milliseconds::max();
  const auto century = std::chrono::hours(24 * 365 * 100);
  CHECK(sluice::retry_policy::fixed(for_ever).jitter(0).next(1, any, 0) == century);
}

TEST_CASE("pauses grow by their factor up to the longest") {
  const auto policy = retry_policy::exponential(100ms, 500ms).attempts(100).jitter(0);
  std::vector<std::int64_t> pauses;
  for (int attempt = 1; attempt <= 5; ++attempt) {
    pauses.push_back(policy.next(attempt, any, 0)->count());
  }
  CHECK(pauses == std::vector<std::int64_t>{100, 200, 400, 500, 500});
  CHECK(policy.next(99, any, 0) == 500ms);
}

TEST_CASE("after the last attempt an entry is given up") {
  const auto policy = retry_policy::fixed(1ms).attempts(3);
  CHECK(policy.next(2, any, 0));
  CHECK_FALSE(policy.next(3, any, 0));
  CHECK_FALSE(policy.next(4, any, 0));
  CHECK_FALSE(retry_policy::none().next(1, any, 0));
}

TEST_CASE("jitter only makes pauses shorter, by at most its share") {
  const auto policy = retry_policy::fixed(1'000ms).jitter(0.25);
  for (std::uint64_t chance = 0; chance < 3'000; chance += 7) {
    const auto pause = *policy.next(1, any, chance);
    CHECK(pause <= 1'000ms);
    CHECK(pause >= 750ms);
  }
}

TEST_CASE("an error may name its own delay, or be final") {
  const auto policy = retry_policy::fixed(1ms).attempts(3);
  CHECK(policy.next(1, thrown(sluice::retry_after(7s)), 0) == 7s);
  CHECK_FALSE(policy.next(3, thrown(sluice::retry_after(7s)), 0));
  CHECK_FALSE(policy.next(1, thrown(sluice::give_up("never")), 0));
}

TEST_CASE("a policy says which errors are worth another attempt") {
  auto some = retry_policy::fixed(1ms);
  some.only_for<std::runtime_error>();
  CHECK(some.next(1, thrown(std::range_error("derived")), 0));
  CHECK_FALSE(some.next(1, thrown(std::logic_error("other")), 0));
  auto others = retry_policy::fixed(1ms);
  others.give_up_on<std::logic_error>();
  CHECK_FALSE(others.next(1, thrown(std::invalid_argument("derived")), 0));
  CHECK(others.next(1, any, 0));
  CHECK(others.next(1, std::make_exception_ptr(1), 0));
}

TEST_CASE("a policy that makes no sense is refused") {
  using scene::code_of;
  CHECK(code_of([] { retry_policy::fixed(-1ms); }) == sluice::errc::invalid_argument);
  CHECK(code_of([] { retry_policy::exponential(0ms, 1s); }) == sluice::errc::invalid_argument);
  CHECK(code_of([] { retry_policy::exponential(2s, 1s); }) == sluice::errc::invalid_argument);
  CHECK(code_of([] { retry_policy::fixed(1s).attempts(0); }) == sluice::errc::invalid_argument);
  CHECK(code_of([] { retry_policy::fixed(1s).jitter(1.5); }) == sluice::errc::invalid_argument);
}

}  // namespace
