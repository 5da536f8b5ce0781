// As many messages at once as the backlog asks for.
#include "support/list_world.hpp"
#include "support/worker_scene.hpp"

#include <sluice/app/app.hpp>
#include <sluice/app/services.hpp>
#include <sluice/core/event.hpp>

#include <algorithm>
#include <cstddef>
#include <string>

namespace {

using namespace scene;
using sluice::listener_options;

sluice::concurrency_policy steps() {
  return sluice::concurrency_policy({{10, 2}, {20, 4}}).change_every(20ms);
}

// A service whose handlers wait until they are let go.
struct held_service {
  held_service(stream_world& world, sluice::concurrency_policy how,
               const sluice::app_options& by = sluice::app_options())
      : listening(world.redis, "held", by) {
    listening.listen(
        "work", [this](sluice::request&) { return work(); },
        listener_options().concurrency(std::move(how)));
    world.beside([this] { return listening.run(); });
  }

  asio::awaitable<void> work() {
    most = std::max(most, ++now);
    try {
      while (let_go == 0) co_await pause(1ms);
    } catch (...) {
      ++cancelled;
      throw;
    }
    --let_go;
    --now;
    ++done;
  }

  sluice::app listening;
  int now = 0, most = 0, done = 0, cancelled = 0, let_go = 0;
};

void send(sluice::app& from, int messages) {
  for (int i = 0; i < messages; ++i) from.send("work", i);
}

}  // namespace

TEST_CASE("a backlog raises the number of messages at once, and its end lowers it") {
  stream_world world;
  sluice::app web(world.redis, "web");
  held_service service(world, steps());
  world.play([&]() -> asio::awaitable<void> {
    send(web, 30);
    co_await until([&] { return service.now == 4; });
    service.let_go = 28;
    co_await until([&] { return service.done == 28; });
    // The two that are left show that nothing is cancelled by it.
    auto lowered = false;
    while (!lowered) {
      auto listed = co_await sluice::list_services(world.redis);
      lowered = listed.size() == 1 && listed[0].topics[0].concurrency == 2;
    }
    CHECK(service.most == 4);
    send(web, 8);
    co_await pause(50ms);
    CHECK(service.now <= 4);
    service.let_go = 10;
    co_await until([&] { return service.done == 38; });
    CHECK(service.cancelled == 0);
    service.listening.stop();
  });
}

TEST_CASE("messages on lists are taken as their backlog asks for, too") {
  list_world world;
  auto web = world.on_lists("web");
  held_service service(world, steps(), world.lists());
  world.play([&]() -> asio::awaitable<void> {
    send(web, 30);
    co_await until([&] { return service.now == 4; });
    service.let_go = 30;
    co_await until([&] { return service.done == 30; });
    CHECK(service.most == 4);
    service.listening.stop();
  });
}

TEST_CASE("a service with nothing to do does not ask what waits") {
  stream_world world;
  sluice::app web(world.redis, "web");
  held_service service(world, steps());
  world.play([&]() -> asio::awaitable<void> {
    send(web, 1);
    service.let_go = 1;
    co_await until([&] { return service.done == 1; });
    co_await pause(100ms);
    const auto asked = world.calls("xinfo|groups");
    co_await pause(200ms);
    CHECK(world.calls("xinfo|groups") == asked);
    service.listening.stop();
  });
}

TEST_CASE("the backlog is asked for no more often than the number may change") {
  stream_world world;
  sluice::app web(world.redis, "web");
  held_service service(world, steps().change_every(1h));
  world.play([&]() -> asio::awaitable<void> {
    send(web, 30);
    co_await until([&] { return service.now == 4; });
    service.let_go = 30;
    co_await until([&] { return service.done == 30; });
    send(web, 30);
    service.let_go = 30;
    co_await until([&] { return service.done == 60; });
    CHECK(world.calls("xinfo|groups") == 1);
    service.listening.stop();
  });
}

TEST_CASE("a service works on when the server does not tell what waits, which is an event") {
  stream_world world;
  world.server.command({"ACL", "SETUSER", "default", "-xinfo"});
  sluice::app web(world.redis, "web");
  held_service service(world, steps());
  world.play([&]() -> asio::awaitable<void> {
    send(web, 30);
    co_await until([&] { return service.now == 2; });
    service.let_go = 30;
    co_await until([&] { return service.done == 30; });
    CHECK(service.most == 2);
    co_await until([&] { return world.events.count<sluice::events::upkeep_failed>() == 1; });
    service.listening.stop();
  });
}

TEST_CASE("a backlog that the server cannot tell is counted") {
  stream_world world;
  sluice::app web(world.redis, "web");
  world.play([&]() -> asio::awaitable<void> {
    send(web, 40);
    auto last = web.send("work", 40);
    co_await last.sent();
  });
  // A group that was made in the midst of a stream has no lag.
  const std::string_view fifth = "return redis.call('XRANGE', KEYS[1], '-', '+')[5][1]";
  const auto id = world.server.command({"EVAL", fifth, "1", "work"});
  world.server.command({"XGROUP", "CREATE", "work", "held", id});
  const std::string_view lag = "return tostring(redis.call('XINFO', 'GROUPS', KEYS[1])[1][12])";
  REQUIRE(world.server.command({"EVAL", lag, "1", "work"}) == "false");
  held_service service(world, steps());
  world.play([&]() -> asio::awaitable<void> {
    co_await until([&] { return service.now == 4; });
    service.let_go = 36;
    co_await until([&] { return service.done == 36; });
    service.listening.stop();
  });
}

TEST_CASE("a worker takes more entries at once as soon as it may") {
  stream_world world;
  int now = 0;
  const auto hold = [&](sluice::delivery&) -> asio::awaitable<void> {
    ++now;
    co_await pause(30s);
  };
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 100);
    sluice::worker crew(world.redis, jobs().prefetch(1), hold,
                        sluice::concurrency(2).drain_within(0ms));
    world.beside([&crew] { return crew.run(); });
    co_await until([&] { return now == 2; });
    crew.concurrency(7);
    co_await until([&] { return now == 7; });
    // More than half of it is always at hand.
    co_await until([&] { return crew.statistics().read_ahead >= 4; });
    CHECK(crew.statistics().read_ahead <= 7);
    CHECK(crew.statistics().in_progress == 7);
    crew.stop();
  });
}

TEST_CASE("a worker that may do less at once cancels nothing, and takes nothing until it is less") {
  stream_world world;
  int now = 0, most = 0, done = 0, let_go = 0;
  const auto work = [&](sluice::delivery&) -> asio::awaitable<void> {
    most = std::max(most, ++now);
    while (let_go == 0) co_await pause(1ms);
    --let_go;
    --now;
    ++done;
  };
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 100);
    sluice::worker crew(world.redis, jobs(), work, sluice::concurrency(8));
    world.beside([&crew] { return crew.run(); });
    co_await until([&] { return now == 8; });
    crew.concurrency(3);
    let_go = 5;
    co_await until([&] { return done == 5; });
    CHECK(now == 3);
    most = 0;
    let_go = 92;
    co_await until([&] { return done == 97; });
    CHECK(most == 3);
    CHECK(crew.statistics().failed == 0);
    let_go = 3;
    co_await until([&] { return done == 100; });
    crew.stop();
  });
}

TEST_CASE("a worker whose hands are all free does less at once from the next entry on") {
  stream_world world;
  int now = 0, most = 0, done = 0;
  const auto work = [&](sluice::delivery&) -> asio::awaitable<void> {
    most = std::max(most, ++now);
    co_await pause(2ms);
    --now;
    ++done;
  };
  world.play([&]() -> asio::awaitable<void> {
    sluice::worker crew(world.redis, jobs(), work, sluice::concurrency(8));
    world.beside([&crew] { return crew.run(); });
    world.add("jobs", 1);
    co_await until([&] { return done == 1; });
    crew.concurrency(1);
    world.add("jobs", 40);
    co_await until([&] { return done == 41; });
    CHECK(most == 1);
    crew.concurrency(4);
    world.add("jobs", 40);
    co_await until([&] { return done == 81; });
    CHECK(most == 4);
    crew.stop();
  });
}

TEST_CASE("a worker of no entries at once is refused") {
  stream_world world;
  int calls = 0;
  sluice::worker crew(world.redis, jobs(), counting(calls));
  CHECK(code_of([&] { crew.concurrency(0); }) == sluice::errc::invalid_argument);
}
