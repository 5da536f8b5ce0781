// When offsets are committed, and what comes again.
#include "support/kafka_world.hpp"

#include <set>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

void write_jobs(scene::kafka_world& world, int count) {
  for (int n = 0; n < count; ++n) world.peer.write(world.jobs, scene::written_by_streamback(n));
}

/// Works on messages by hand: each waits until it is told to go on.
struct bench {
  sluice::request_handler handler() {
    return
        [this](sluice::request& what) { return work(static_cast<int>(what.value().as_int64())); };
  }
  asio::awaitable<void> work(int n) {
    begun.push_back(n);
    while (!free.contains(n)) co_await scene::pause(2ms);
    done.push_back(n);
  }

  std::vector<int> begun, done;
  std::set<int> free;
};

}  // namespace

TEST_CASE("messages of a partition are worked on in their order") {
  scene::kafka_world world;
  write_jobs(world, 30);
  auto billing = world.make_app(world.billing);
  std::vector<int> seen;
  billing.listen(world.jobs, [&](sluice::request& what) {
    seen.push_back(static_cast<int>(what.value().as_int64()));
  });
  world.serve(billing);
  world.play([&]() -> asio::awaitable<void> {
    co_await scene::until([&] { return seen.size() == 30; });
    co_await world.stop(billing);
  });
  CHECK(seen == scene::series(30));
  CHECK(world.peer.committed(world.billing, world.jobs).offset == 30);
}

TEST_CASE("of what is done out of order only the part without a gap is committed") {
  scene::kafka_world world;
  write_jobs(world, 4);
  auto billing = world.make_app(world.billing);
  bench here;
  billing.listen(world.jobs, here.handler(), sluice::listener_options().concurrency(4));
  world.serve(billing);
  world.play([&]() -> asio::awaitable<void> {
    co_await scene::until([&] { return here.begun.size() == 4; });
    here.free = {1, 3};
    co_await scene::until([&] { return here.done.size() == 2; });
    co_await scene::pause(300ms);
    CHECK(world.peer.committed(world.billing, world.jobs).offset == 0);
    here.free.insert(0);
    co_await scene::until(
        [&] { return world.peer.committed(world.billing, world.jobs).offset == 2; });
    here.free.insert(2);
    co_await scene::until(
        [&] { return world.peer.committed(world.billing, world.jobs).offset == 4; });
    co_await world.stop(billing);
  });
}

TEST_CASE("what was in hand of a process that died is worked on again") {
  scene::kafka_world world;
  write_jobs(world, 3);
  bench lost;
  lost.free = {0};
  {
    asio::io_context io;
    const sluice::client redis(io.get_executor(), world.server.url());
    sluice::app dying(redis, world.billing, scene::over(world.brokers()));
    dying.listen(world.jobs, lost.handler());
    scene::beside(io, [&] { return dying.run(); });
    scene::play(io, [&]() -> asio::awaitable<void> {
      co_await scene::until([&] { return lost.begun.size() == 2; });
      co_await scene::until(
          [&] { return world.peer.committed(world.billing, world.jobs).offset == 1; });
    });
  }
  CHECK(lost.begun == std::vector<int>{0, 1});
  bench next;
  next.free = {0, 1, 2};
  auto billing = world.make_app(world.billing);
  billing.listen(world.jobs, next.handler());
  world.serve(billing);
  world.play([&]() -> asio::awaitable<void> {
    co_await scene::until([&] { return next.done.size() == 2; });
    co_await world.stop(billing);
  });
  CHECK(next.done == std::vector<int>{1, 2});
}

TEST_CASE("an app that stops finishes what it has in hand and commits it") {
  scene::kafka_world world;
  write_jobs(world, 3);
  auto billing = world.make_app(world.billing);
  bench here;
  billing.listen(world.jobs, here.handler());
  bool ended = false;
  world.beside([&]() -> asio::awaitable<void> {
    co_await billing.run();
    ended = true;
  });
  world.play([&]() -> asio::awaitable<void> {
    co_await scene::until([&] { return here.begun.size() == 1; });
    billing.stop();
    co_await scene::pause(100ms);
    CHECK_FALSE(ended);
    here.free = {0, 1, 2};
    co_await scene::until([&] { return ended; });
  });
  CHECK(here.done == std::vector<int>{0});
  CHECK(world.peer.committed(world.billing, world.jobs).offset == 1);
}

TEST_CASE("stopping ends in time though a handler does not, and its message comes again") {
  scene::kafka_world world;
  write_jobs(world, 1);
  auto billing = world.make_app(world.billing);
  bench here;
  billing.listen(world.jobs, here.handler(), sluice::listener_options().drain_within(50ms));
  bool ended = false;
  world.beside([&]() -> asio::awaitable<void> {
    co_await billing.run();
    ended = true;
  });
  world.play([&]() -> asio::awaitable<void> {
    co_await scene::until([&] { return here.begun.size() == 1; });
    billing.stop();
    co_await scene::until([&] { return ended; });
  });
  const auto place = world.peer.committed(world.billing, world.jobs);
  CHECK(place.offset == 0);
  CHECK(place.note.empty());
}
