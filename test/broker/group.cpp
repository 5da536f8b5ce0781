// Several processes of an app share the partitions of a topic.
#include "support/kafka_world.hpp"

#include <map>
#include <memory>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// A process of an app, as far as Kafka can tell.
struct process {
  process(scene::kafka_world& world, const sluice::kafka::brokers& how)
      : app(world.redis, how, world.billing) {
    app.listen(
        world.jobs, [this](sluice::request& what) { return work(what); },
        sluice::listener_options().concurrency(8));
  }
  asio::awaitable<void> work(sluice::request& what) {
    const auto n = static_cast<int>(what.value().as_int64());
    ++in_hand;
    co_await scene::pause(pace);
    --in_hand;
    done.push_back(n);
  }

  sluice::app app;
  std::vector<int> done;
  int in_hand = 0;
  std::chrono::milliseconds pace{1};
};

sluice::kafka::brokers by_one_by_one(const scene::kafka_world& world) {
  return world.brokers().cooperative();
}
sluice::kafka::brokers by_all_at_once(const scene::kafka_world& world) { return world.brokers(); }

asio::awaitable<void> send_jobs(sluice::app& web, const std::string& topic, int first, int count) {
  for (int n = first; n < first + count; ++n) {
    auto lane = web.send(topic, n, sluice::send_options().key(std::to_string(n)));
    co_await lane.sent();
  }
}

std::map<int, int> times_done(const process& one, const process& other) {
  std::map<int, int> times;
  for (const auto n : one.done) ++times[n];
  for (const auto n : other.done) ++times[n];
  return times;
}

}  // namespace

TEST_CASE("partitions are shared anew when a process comes, and no message is lost") {
  const auto how = GENERATE(by_all_at_once, by_one_by_one);
  scene::kafka_world world(4);
  process one(world, how(world));
  process other(world, how(world));
  world.serve(one.app);
  const auto act = [&]() -> asio::awaitable<void> {
    auto web = world.make_app("web");
    co_await send_jobs(web, world.jobs, 0, 40);
    co_await scene::until([&] { return one.done.size() == 40; });
    one.pace = 100ms;
    co_await send_jobs(web, world.jobs, 40, 40);
    co_await scene::until([&] { return one.in_hand > 0; });
    world.serve(other.app);
    int next = 80;
    while (other.done.empty() && next < 1'000) {
      co_await send_jobs(web, world.jobs, next, 10);
      next += 10;
      co_await scene::pause(100ms);
    }
    CHECK_FALSE(other.done.empty());
    one.pace = 1ms;
    const auto all = static_cast<std::size_t>(next);
    co_await scene::until([&] { return times_done(one, other).size() == all; });
    co_await world.stop(one.app, other.app);
    // What was in hand may come twice: the mock takes no commit once it shares out anew.
    const auto times = times_done(one, other);
    for (int n = 0; n < 40; ++n) CHECK(times.at(n) == 1);
  };
  world.play(act, 60s);
}

TEST_CASE("when a process ends the others take over its partitions at once") {
  scene::kafka_world world(2);
  process one(world, world.brokers());
  process other(world, world.brokers());
  world.serve(one.app);
  world.serve(other.app);
  const auto act = [&]() -> asio::awaitable<void> {
    auto web = world.make_app("web");
    co_await send_jobs(web, world.jobs, 0, 40);
    co_await scene::until([&] { return one.done.size() + other.done.size() == 40; });
    CHECK_FALSE(one.done.empty());
    CHECK_FALSE(other.done.empty());
    co_await scene::pause(200ms);
    one.app.stop();
    co_await send_jobs(web, world.jobs, 40, 40);
    co_await scene::until([&] { return times_done(one, other).size() == 80; });
    co_await world.stop(other.app);
    const auto times = times_done(one, other);
    for (int n = 0; n < 40; ++n) CHECK(times.at(n) == 1);
  };
  world.play(act, 60s);
}
