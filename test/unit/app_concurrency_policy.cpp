// How many messages at once, by how many wait.
#include "support/scene.hpp"

#include <sluice/app/concurrency_policy.hpp>
#include <sluice/app/listener_options.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace {

using namespace std::chrono_literals;
using scene::code_of;
using sluice::concurrency_policy;
using sluice::errc;
using sluice::listener_options;

constexpr auto endless = std::numeric_limits<std::uint64_t>::max();

TEST_CASE("a number is that number whatever waits") {
  const concurrency_policy rule(7);
  CHECK(rule.at(0) == 7);
  CHECK(rule.at(endless) == 7);
  CHECK_FALSE(rule.varies());
}

TEST_CASE("the first step that reaches the backlog counts, and the last one beyond") {
  const concurrency_policy rule{{10, 2}, {20, 4}};
  CHECK(rule.at(0) == 2);
  CHECK(rule.at(10) == 2);
  CHECK(rule.at(11) == 4);
  CHECK(rule.at(20) == 4);
  CHECK(rule.at(21) == 4);
  CHECK(rule.at(endless) == 4);
  CHECK(rule.varies());
}

TEST_CASE("a range grows by one with each part of the backlog, and not beyond its end") {
  const auto rule = concurrency_policy::range(2, 5);
  CHECK(rule.at(0) == 2);
  CHECK(rule.at(1) == 3);
  CHECK(rule.at(100) == 3);
  CHECK(rule.at(101) == 4);
  CHECK(rule.at(300) == 5);
  CHECK(rule.at(endless) == 5);
}

TEST_CASE("a range may grow as streamback's does") {
  const auto rule = concurrency_policy::range(1, 50, 1'000);
  CHECK(rule.at(0) == 1);
  CHECK(rule.at(1'000) == 2);
  CHECK(rule.at(1'001) == 3);
  CHECK(rule.at(49'000) == 50);
  CHECK(rule.at(endless) == 50);
}

TEST_CASE("a range of one number does not vary") {
  CHECK_FALSE(concurrency_policy::range(3, 3).varies());
  CHECK_FALSE((concurrency_policy{{1, 3}, {9, 3}}).varies());
}

TEST_CASE("of two listeners the greater number counts at each backlog, and the longer time") {
  const concurrency_policy early({{10, 2}, {20, 9}});
  const auto late = concurrency_policy({{10, 4}, {100, 5}}).change_every(3s);
  const auto both = early.joined_with(late);
  CHECK(both.at(0) == 4);
  CHECK(both.at(10) == 4);
  CHECK(both.at(11) == 9);
  CHECK(both.at(endless) == 9);
  CHECK(both.change_every() == 3s);
  CHECK(late.joined_with(early).at(15) == 9);
  CHECK(concurrency_policy(3).joined_with(concurrency_policy(5)).at(endless) == 5);
}

TEST_CASE("what cannot be a concurrency is refused") {
  const auto refused = [](auto make) { return code_of(make) == errc::invalid_argument; };
  CHECK(refused([] { concurrency_policy made(0); }));
  CHECK(refused([] { concurrency_policy made{std::vector<concurrency_policy::step>()}; }));
  CHECK(refused([] { concurrency_policy made{{10, 2}, {10, 4}}; }));
  CHECK(refused([] { concurrency_policy made{{20, 2}, {10, 4}}; }));
  CHECK(refused([] { concurrency_policy made{{10, 2}, {20, 0}}; }));
  CHECK(refused([] { concurrency_policy made{{10, 10'001}}; }));
  CHECK(refused([] { concurrency_policy::range(0, 4); }));
  CHECK(refused([] { concurrency_policy::range(5, 4); }));
  CHECK(refused([] { concurrency_policy::range(1, 10'001); }));
  CHECK(refused([] { concurrency_policy::range(1, 4, 0); }));
  CHECK(refused([] { concurrency_policy::range(1, 4, endless); }));
  CHECK(refused([] { concurrency_policy(1).change_every(0ms); }));
  CHECK(refused([] { listener_options().concurrency(4, 2); }));
  CHECK(refused([] { listener_options().concurrency(0); }));
}

TEST_CASE("a listener takes a number, a range, or steps") {
  CHECK(listener_options().concurrency() == 1);
  CHECK(listener_options().concurrency(8).concurrency() == 8);
  const auto range = listener_options().concurrency(2, 8);
  CHECK(range.concurrency() == 2);
  CHECK(range.scaling().at(100) == 3);
  const auto steps = listener_options().concurrency({{10, 2}, {20, 4}});
  CHECK(steps.scaling().at(15) == 4);
}

}  // namespace
