// Very many calls at once.
#include "support/many_calls.hpp"

#include <algorithm>

namespace {

using namespace scene;

constexpr std::int64_t crowd = 10'000;

}  // namespace

TEST_CASE("ten thousand calls are under way on one connection, and each hears its own answer") {
  stream_world world;
  std::int64_t arrived = 0, most = 0;
  sluice::app twice(world.redis, "twice");
  twice.listen(
      "double",
      [&](sluice::request& what) -> asio::awaitable<std::int64_t> {
        most = std::max(most, ++arrived);
        // None is answered before all are here.
        while (most < crowd) co_await pause(50ms);
        co_return what.value().as_int64() * 2;
      },
      sluice::listener_options().concurrency(crowd));
  world.beside([&] { return twice.run(); });
  auto scene = [&]() -> asio::awaitable<void> {
    sluice::app web(world.redis, "web");
    many_calls all(world, web);
    co_await all.make(crowd, crowd);
    CHECK(most == crowd);
    CHECK(all.right == crowd);
    twice.stop();
  };
  world.play(std::move(scene), 100s);
}
