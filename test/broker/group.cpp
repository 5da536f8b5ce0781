// Several processes of an app share the partitions of a topic.
#include "support/kafka_world.hpp"

#include <algorithm>
#include <map>
#include <memory>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// A process of an app, as far as Kafka can tell.
struct process {
  process(scene::kafka_world& world, const sluice::kafka::brokers& how)
      : app(world.redis, world.billing, scene::over(how)) {
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

/// Until Kafka knows that so many messages are done with.
asio::awaitable<void> commits(const scene::kafka_world& world, int partitions, int messages) {
  const auto all_are = [&world, partitions, messages] {
    std::int64_t sum = 0;
    for (int n = 0; n < partitions; ++n) {
      const auto place = world.peer.committed(world.billing, world.jobs, n);
      sum += std::max<std::int64_t>(place.offset, 0);
    }
    return sum == messages;
  };
  co_await scene::until(all_are);
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
    co_await commits(world, 4, 40);
    one.pace = 100ms;
    co_await send_jobs(web, world.jobs, 40, 40);
    co_await scene::until([&] { return one.in_hand > 0; });
    world.serve(other.app);
    int next = 80;
    while (other.done.empty() && next < 3'000) {
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
    int next = 0;
    while ((one.done.empty() || other.done.empty()) && next < 3'000) {
      co_await send_jobs(web, world.jobs, next, 10);
      next += 10;
      co_await scene::pause(100ms);
    }
    co_await commits(world, 2, next);
    const auto before = times_done(one, other);
    one.app.stop();
    co_await send_jobs(web, world.jobs, next, 40);
    const auto all = static_cast<std::size_t>(next) + 40;
    co_await scene::until([&] { return times_done(one, other).size() == all; });
    co_await world.stop(other.app);
    const auto after = times_done(one, other);
    for (const auto& [n, count] : before) CHECK(after.at(n) == count);
  };
  world.play(act, 60s);
}
