// A pipeline over a stream.
#include "flow/pipeline.hpp"

#include <cstddef>
#include <string>
#include <utility>

namespace {

boost::asio::awaitable<void> run(sluice::client redis, std::size_t messages) {
  co_await redis.connect();
  const auto all = sluice::streams(std::string(bench::stream), sluice::start::earliest());
  auto entries = sluice::flow::from_stream(redis, all);
  co_await bench::run_pipeline(std::move(entries), messages);
}

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  return bench::run_program(what, [&](sluice::client redis) { return run(redis, what.messages); });
}
