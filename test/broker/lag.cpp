// How many messages a group has yet to be done with.
#include "support/kafka_world.hpp"

#include "kafka/kafka_main.hpp"

#include <sluice/app/services.hpp>

#include <algorithm>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

}  // namespace

TEST_CASE("the lag is what lies between what is committed and the end, of all partitions") {
  scene::kafka_world world(4);
  const auto how = std::make_shared<const sluice::kafka::settings>(world.brokers());
  sluice::kafka::kafka_main carrier(world.redis, how);
  bool may_end = false;
  int handled = 0;
  const auto work = [&](sluice::arrival) -> asio::awaitable<void> {
    while (!may_end) co_await scene::pause(2ms);
    ++handled;
  };
  const auto in = carrier.receive(world.jobs, world.billing, sluice::listener_options(), work);
  world.beside([&] { return in->run(); });
  const auto becomes = [&](std::uint64_t wanted) -> asio::awaitable<void> {
    auto now = co_await in->backlog();
    while (now != wanted) {
      co_await scene::pause(5ms);
      now = co_await in->backlog();
    }
  };
  world.play([&]() -> asio::awaitable<void> {
    co_await scene::pause(5s);
    // Kafka's "no offset" is a negative number, which must not be subtracted.
    const auto empty = co_await in->backlog();
    CHECK(empty == 0);
    for (int n = 0; n < 3; ++n) world.peer.write(world.jobs, scene::written_by_streamback(n), 2);
    world.peer.write(world.jobs, scene::written_by_streamback(3), 1);
    co_await becomes(4);
    may_end = true;
    co_await becomes(0);
    CHECK(handled == 4);
    in->stop();
  });
  scene::play_out(world.io);
}

TEST_CASE("services tell how far a group is behind") {
  scene::kafka_world world(2);
  for (int n = 0; n < 3; ++n) world.peer.write(world.jobs, scene::written_by_streamback(n), n % 2);
  auto billing = world.make_app(world.billing);
  bool held = true;
  const auto work = [&](sluice::request&) -> asio::awaitable<void> {
    while (held) co_await scene::pause(2ms);
  };
  billing.listen(world.jobs, work);
  world.serve(billing);
  world.play([&]() -> asio::awaitable<void> {
    std::optional<std::uint64_t> waiting;
    while (waiting != 3) {
      co_await scene::pause(20ms);
      const auto all = co_await sluice::list_services(world.redis);
      if (!all.empty()) waiting = all[0].topics.at(0).backlog;
    }
    held = false;
    co_await world.stop(billing);
  });
}

TEST_CASE("a lag raises the number of messages at once") {
  scene::kafka_world world;
  for (int n = 0; n < 20; ++n) world.peer.write(world.jobs, scene::written_by_streamback(n));
  auto billing = world.make_app(world.billing);
  bool held = true;
  int now = 0;
  int most = 0;
  const auto work = [&](sluice::request&) -> asio::awaitable<void> {
    most = std::max(most, ++now);
    while (held) co_await scene::pause(2ms);
    --now;
  };
  const auto steps = sluice::concurrency_policy({{10, 2}, {20, 4}}).change_every(20ms);
  billing.listen(world.jobs, work, sluice::listener_options().concurrency(steps));
  world.serve(billing);
  world.play([&]() -> asio::awaitable<void> {
    co_await scene::until([&] { return now == 4; });
    held = false;
    co_await scene::until([&] { return now == 0; });
    CHECK(most == 4);
    co_await world.stop(billing);
  });
}
