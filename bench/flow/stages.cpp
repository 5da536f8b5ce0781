// What stages cost: numbers through none, through ten plain ones, and through two coroutines, which
// is what the third argument says: 1, 10 or 2.
#include "harness/measurement.hpp"

#include <sluice/core/result.hpp>
#include <sluice/flow.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <ranges>
#include <utility>

namespace {

namespace asio = boost::asio;
namespace flow = sluice::flow;

std::uint64_t sum = 0;

auto numbers(std::size_t count) { return flow::from(std::views::iota(std::size_t{0}, count)); }
auto plain() {
  return flow::map([](std::size_t n) { return n + 1; });
}
auto coroutine() {
  return flow::map([](std::size_t n) -> asio::awaitable<std::size_t> { co_return n + 1; });
}
auto adding() {
  return flow::sink([](std::size_t n) { sum += n; });
}

flow::pipeline make(std::size_t stages, std::size_t messages) {
  if (stages == 1) return numbers(messages) | adding();
  if (stages == 2) return numbers(messages) | coroutine() | coroutine() | adding();
  const auto five = [] { return plain() | plain() | plain() | plain() | plain(); };
  return numbers(messages) | five() | five() | adding();
}

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  auto made = make(what.consumers, what.messages);
  asio::io_context io(1);
  const bench::stopwatch watch;
  asio::co_spawn(io, made.run(), sluice::rethrow);
  io.run();
  watch.report(what.messages);
  if (sum == 0) bench::fail("nothing came to the end");
}
