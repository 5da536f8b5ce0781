// A pipeline over a group.
#include "flow/pipeline.hpp"
#include "worker/membership.hpp"

#include <cstddef>
#include <utility>

namespace {

boost::asio::awaitable<void> run(sluice::client redis, std::size_t messages) {
  co_await redis.connect();
  sluice::group_consumer member(redis, bench::beating_member());
  auto entries = sluice::flow::from_group(std::move(member));
  co_await bench::run_pipeline(std::move(entries), messages);
}

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  return bench::run_program(what, [&](sluice::client redis) { return run(redis, what.messages); });
}
