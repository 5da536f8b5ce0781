// Messages that nobody can handle: they go to the dead letters, and the partition goes on.
#include "support/kafka_world.hpp"

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

}  // namespace

TEST_CASE("what is no message goes to the dead letters as it was") {
  scene::kafka_world world;
  world.peer.write(world.jobs, "{\"value\": 1");
  world.peer.write(world.jobs, "[1]");
  world.peer.write(world.jobs, scene::written_by_streamback(2));
  auto billing = world.make_app(world.billing);
  std::vector<int> seen;
  billing.listen(world.jobs, [&](sluice::request& what) {
    seen.push_back(static_cast<int>(what.value().as_int64()));
  });
  world.serve(billing);
  world.play([&]() -> asio::awaitable<void> {
    co_await scene::until([&] { return seen.size() == 1; });
    co_await world.stop(billing);
  });
  CHECK(seen == std::vector<int>{2});
  CHECK(world.peer.committed(world.billing, world.jobs).offset == 3);
  const auto dead = world.peer.read(world.dead_jobs, 2);
  REQUIRE(dead.size() == 2);
  CHECK(dead[0].payload == "{\"value\": 1");
  CHECK(dead[1].payload == "[1]");
  CHECK(dead[1].headers.at("dead.topic") == world.jobs);
  CHECK(dead[1].headers.at("dead.partition") == "0");
  CHECK(dead[1].headers.at("dead.offset") == "1");
  CHECK(dead[1].headers.at("dead.group") == world.billing);
  CHECK(dead[1].headers.at("dead.reason") == "malformed_message");
  CHECK(world.events.count<sluice::events::dead_lettered>() == 2);
}

TEST_CASE("a message whose listener has failed for good goes to the dead letters") {
  scene::kafka_world world;
  world.peer.write(world.jobs, scene::written_by_streamback(0));
  world.peer.write(world.jobs, scene::written_by_streamback(1));
  auto billing = world.make_app(world.billing);
  int attempts = 0;
  bool done = false;
  const auto work = [&](sluice::request& what) {
    if (what.value().as_int64() == 0 && ++attempts > 0)
      throw std::runtime_error("no such customer");
    done = true;
  };
  billing.listen(world.jobs, work,
                 sluice::listener_options().retry(sluice::retry_policy::fixed(1ms).attempts(3)));
  world.serve(billing);
  world.play([&]() -> asio::awaitable<void> {
    co_await scene::until([&] { return done; });
    co_await world.stop(billing);
  });
  CHECK(attempts == 3);
  const auto dead = world.peer.read(world.dead_jobs, 1);
  REQUIRE(dead.size() == 1);
  CHECK(dead[0].payload == scene::written_by_streamback(0));
  CHECK(dead[0].headers.at("dead.reason") == "failed");
  CHECK(dead[0].headers.at("dead.error") == "no such customer");
}

TEST_CASE("a message that processes die of is given up in the end") {
  scene::kafka_world world;
  world.peer.write(world.jobs, scene::written_by_streamback(0));
  world.peer.write(world.jobs, scene::written_by_streamback(1));
  for (int life = 1; life <= 2; ++life) {
    asio::io_context io;
    const sluice::client redis(io.get_executor(), world.server.url());
    sluice::app dying(redis, world.billing, scene::over(world.brokers()));
    std::vector<int> begun;
    const auto work = [&](sluice::request& what) -> asio::awaitable<void> {
      begun.push_back(static_cast<int>(what.value().as_int64()));
      co_await scene::pause(1h);
    };
    dying.listen(world.jobs, work, sluice::listener_options().concurrency(2).max_deliveries(2));
    scene::beside(io, [&] { return dying.run(); });
    scene::play(io, [&]() -> asio::awaitable<void> {
      co_await scene::until([&] { return !begun.empty(); });
      co_await scene::pause(200ms);
    });
    // From the second life on what may be deadly is alone.
    CHECK(begun == scene::series(life == 1 ? 2 : 1));
    const auto note = world.peer.committed(world.billing, world.jobs).note;
    CHECK(note == "sluice:begun=" + std::to_string(life));
  }
  auto billing = world.make_app(world.billing);
  std::vector<int> seen;
  billing.listen(
      world.jobs,
      [&](sluice::request& what) { seen.push_back(static_cast<int>(what.value().as_int64())); },
      sluice::listener_options().concurrency(2).max_deliveries(2));
  world.serve(billing);
  world.play([&]() -> asio::awaitable<void> {
    co_await scene::until([&] { return !seen.empty(); });
    co_await world.stop(billing);
  });
  CHECK(seen == std::vector<int>{1});
  const auto dead = world.peer.read(world.dead_jobs, 1);
  REQUIRE(dead.size() == 1);
  CHECK(dead[0].headers.at("dead.reason") == "max_deliveries");
}

TEST_CASE("dead letters can be dropped") {
  scene::kafka_world world;
  world.peer.write(world.jobs, "no JSON");
  sluice::app billing(world.redis, world.billing, scene::over(world.brokers().dead_letters("")));
  billing.listen(world.jobs, [](sluice::request&) {});
  world.serve(billing);
  world.play([&]() -> asio::awaitable<void> {
    co_await scene::until(
        [&] { return world.peer.committed(world.billing, world.jobs).offset == 1; });
    co_await world.stop(billing);
  });
}
