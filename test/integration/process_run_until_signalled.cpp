// Programs that run until a signal ends them. Signals are the process's, so these tests are in a
// file of their own.
#include "support/app_world.hpp"

#include <sluice/process/run_until_signalled.hpp>

#include <csignal>
#include <stdexcept>

namespace {

using namespace scene;
using sluice::request;
using sluice::run_until_signalled;

}  // namespace

TEST_CASE("SIGTERM and SIGINT let an app finish what it has in hand") {
  for (const int which : {SIGTERM, SIGINT}) {
    app_world world;
    sluice::app service(world.redis, "service");
    service.listen("work", [which](request& what) -> asio::awaitable<void> {
      std::raise(which);
      co_await pause(20ms);
      what.respond("done");
    });
    auto lane = world.web.send("work", nullptr);
    run_until_signalled(world.io, service);
    world.play([&]() -> asio::awaitable<void> {
      const auto answer = co_await lane.read(10s);
      CHECK(answer == json::value("done"));
    });
  }
}

TEST_CASE("SIGTERM may come more than once") {
  app_world world;
  sluice::app service(world.redis, "service");
  service.listen("work", [](request& what) -> asio::awaitable<void> {
    std::raise(SIGTERM);
    co_await pause(5ms);
    std::raise(SIGTERM);
    co_await pause(5ms);
    what.respond("done");
  });
  auto lane = world.web.send("work", nullptr);
  run_until_signalled(world.io, service);
  world.play([&]() -> asio::awaitable<void> {
    const auto answer = co_await lane.read(10s);
    CHECK(answer == json::value("done"));
  });
}

TEST_CASE("SIGTERM lets a worker finish what it has in hand") {
  app_world world;
  bool done = false;
  sluice::worker packer(world.redis, sluice::group("packers").stream("orders"),
                        [&](sluice::delivery&) -> asio::awaitable<void> {
                          std::raise(SIGTERM);
                          co_await pause(20ms);
                          done = true;
                        });
  world.play([&]() -> asio::awaitable<void> {
    co_await world.redis.exec("XADD", "orders", "*", "total", "1");
  });
  run_until_signalled(world.io, packer);
  CHECK(done);
}

TEST_CASE("a signal that the process ignores stays ignored") {
  app_world world;
  sluice::app service(world.redis, "service");
  service.listen("work", [](request& what) -> asio::awaitable<void> {
    std::raise(SIGINT);
    std::raise(SIGINT);
    co_await pause(5ms);
    what.respond("done");
    std::raise(SIGTERM);
  });
  const auto before = std::signal(SIGINT, SIG_IGN);
  auto lane = world.web.send("work", nullptr);
  run_until_signalled(world.io, service);
  std::signal(SIGINT, before);
  world.play([&]() -> asio::awaitable<void> {
    const auto answer = co_await lane.read(10s);
    CHECK(answer == json::value("done"));
  });
}

TEST_CASE("a context that somebody else stops may go on afterwards") {
  app_world world;
  sluice::app service(world.redis, "service");
  service.listen("work", [&](request& what) -> asio::awaitable<void> {
    world.io.stop();
    co_await pause(5ms);
    what.respond("done");
  });
  auto lane = world.web.send("work", nullptr);
  run_until_signalled(world.io, service);
  world.play([&]() -> asio::awaitable<void> {
    const auto answer = co_await lane.read(10s);
    CHECK(answer == json::value("done"));
    service.stop();
  });
}

TEST_CASE("what an app fails of comes out of its run") {
  app_world world;
  sluice::app service(world.redis, "service");
  service.listen("work", [](request&) { std::raise(SIGTERM); });
  world.web.send("work", nullptr);
  run_until_signalled(world.io, service);
  CHECK(code_of([&] { run_until_signalled(world.io, service); }) == sluice::errc::invalid_argument);
}
