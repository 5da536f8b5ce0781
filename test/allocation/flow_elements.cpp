// What an element of a pipeline costs in memory on its way.

#include "allocation/allowance.hpp"
#include "support/pipeline_scene.hpp"

#include <sluice/flow/branch.hpp>
#include <sluice/flow/buffer.hpp>
#include <sluice/flow/map.hpp>
#include <sluice/flow/on_error.hpp>
#include <sluice/flow/scan.hpp>

#include <cstddef>

namespace {

namespace asio = boost::asio;
namespace flow = sluice::flow;
using scene::numbers;

/// How many allocations a thousand more elements cost in a pipeline that `make` makes for a number
/// of them.
template <class Make>
std::size_t for_a_thousand_more(Make make) {
  const auto cost_of = [&](int elements) {
    const auto before = scene::allocations();
    scene::run(make(elements));
    return scene::allocations() - before;
  };
  cost_of(2'000);
  return cost_of(2'000) - cost_of(1'000);
}

const auto next_one = [](int n) { return n + 1; };
const auto is_even = [](int n) { return n % 2 == 0; };
const auto forget = [](int) {};

TEST_CASE("plain stages cost no allocation an element") {
  CHECK(for_a_thousand_more([](int count) {
          return numbers(count) | flow::map(next_one) | flow::filter(is_even) |
                 flow::map(next_one) | flow::on_error(sluice::verdict::ack()) |
                 flow::scan(0, [](int sum, int n) { return sum + n; }) |
                 flow::branch(flow::sink(forget), flow::map(next_one) | flow::sink(forget));
        }) == 0);
}

TEST_CASE("stages of coroutines cost no allocation an element, as their frames are used again") {
  const auto later = [](int n) -> asio::awaitable<int> { co_return n + 1; };
  CHECK(for_a_thousand_more([&](int count) {
          return numbers(count) | flow::map(later).concurrency(4) | flow::map(later) |
                 flow::sink(forget);
        }) == 0);
}

TEST_CASE("a line in which elements wait costs less than an allocation an element") {
  CHECK(for_a_thousand_more([](int count) {
          return numbers(count) | flow::buffer(16) | flow::sink(forget);
        }) < 100);
}

}  // namespace
