// What stages cost: texts through none, through ten plain ones, and through two coroutines, which
// is what the third argument says: 1, 10 or 2.
#include "harness/measurement.hpp"

#include <sluice/core/result.hpp>
#include <sluice/flow.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <ranges>
#include <string>
#include <utility>

namespace {

namespace asio = boost::asio;
namespace flow = sluice::flow;

std::uint64_t sum = 0;

auto texts(std::size_t count) {
  return flow::from(std::views::iota(std::size_t{0}, count)) | flow::map([](std::size_t n) {
           return std::string(bench::payload_size, static_cast<char>('a' + n % 16));
         });
}
std::string change(std::string text) {
  ++text.front();
  return text;
}
auto plain() { return flow::map(change); }
auto coroutine() {
  return flow::map(
      [](std::string text) -> asio::awaitable<std::string> { co_return change(std::move(text)); });
}
auto adding() {
  return flow::sink([](const std::string& text) { sum += static_cast<unsigned char>(text[0]); });
}

flow::pipeline make(std::size_t stages, std::size_t messages) {
  if (stages == 1) return texts(messages) | adding();
  if (stages == 2) return texts(messages) | coroutine() | coroutine() | adding();
  const auto five = [] { return plain() | plain() | plain() | plain() | plain(); };
  return texts(messages) | five() | five() | adding();
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
