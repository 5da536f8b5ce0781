// Very many calls, one after the other.
#include "support/many_calls.hpp"
#include "support/memory_in_use.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

using namespace scene;

// SLUICE_SOAK_CALLS=1000000 plays the long form.
std::int64_t calls_to_make() {
  const char* const told = std::getenv("SLUICE_SOAK_CALLS");
  return told == nullptr ? 50'000 : std::strtoll(told, nullptr, 10);
}

}  // namespace

TEST_CASE("calls leave nothing in memory, here or on the server") {
  stream_world world;
  sluice::app twice(world.redis, "twice");
  twice.listen(
      "double", [](sluice::request& what) { return what.value().as_int64() * 2; },
      sluice::listener_options().concurrency(64));
  world.beside([&] { return twice.run(); });
  auto scene = [&]() -> asio::awaitable<void> {
    sluice::app web(world.redis, "web");
    many_calls all(world, web);
    const auto calls = calls_to_make();
    co_await all.make(calls / 5, 64);
    const auto before = resident();
    const auto server_before = used_by(world.server);
    co_await all.make(calls, 64);
    CHECK(all.right == calls);
    std::printf("%ld kB after %ld calls, %ld kB after %ld; on the server %ld kB, %ld kB\n", before,
                static_cast<long>(calls / 5), resident(), static_cast<long>(calls), server_before,
                used_by(world.server));
    CHECK(resident() - before < 2'048);
    CHECK(used_by(world.server) - server_before < 1'024);
    twice.stop();
  };
  world.play(std::move(scene), 30min);
}
