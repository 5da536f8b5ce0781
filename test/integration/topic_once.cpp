// Working once on all that topics hold.

#include "support/catch.hpp"
#include "support/topic_world.hpp"

#include <stdexcept>

namespace {

using namespace scene;

TEST_CASE("a job works on all that is there, marks the group as done, and never runs again") {
  topic_world world;
  world.send_many("orders", 250);
  world.send_many("bills", 3, 300);
  work_log log;
  topic_consumer job(world.redis, topic_group("g"));
  job.on("orders", log.handler()).on("bills", log.handler());
  world.play([&]() -> asio::awaitable<void> {
    const bool done = co_await job.run_once();
    CHECK(done);
    CHECK(log.size() == 253);
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
    CHECK(std::abs(std::stol(world.server.command({"GET", "telstar:once:g"})) - seconds) < 60);
    CHECK(world.server.command({"TTL", "telstar:once:g"}) == "-1");
    world.send("orders", 1'000);
    const bool still_done = co_await job.run_once();
    CHECK(still_done);
    CHECK(log.size() == 253);
    CHECK(world.server.command(
              {"EXISTS", topic_world::checkpoint_key("orders", "once-consumer")}) == "1");
  });
}

TEST_CASE("a job without messages is done at once") {
  topic_world world;
  topic_consumer job(world.redis, topic_group("g"));
  job.on("orders", work_log().handler());
  world.play(
      [&]() -> asio::awaitable<void> {
        const bool done = co_await job.run_once();
        CHECK(done);
        CHECK(world.server.command({"EXISTS", "telstar:once:g"}) == "1");
      },
      3s);
}

TEST_CASE("a job that was interrupted goes on with what it had in hand") {
  topic_world world;
  world.send_many("orders", 30);
  std::vector<int> done;
  bool fails = true;
  topic_consumer job(world.redis, topic_group("g"));
  job.on("orders", [&](topic_delivery& what) -> asio::awaitable<void> {
    if (fails && number_in(what) == 5) throw std::runtime_error("crash");
    done.push_back(number_in(what));
    co_return;
  });
  world.play([&]() -> asio::awaitable<void> {
    bool crashed = false;
    try {
      co_await job.run_once();
    } catch (const std::runtime_error&) {
      crashed = true;
    }
    CHECK(crashed);
    CHECK(world.server.command({"EXISTS", "telstar:once:g"}) == "0");
    fails = false;
    const bool finished = co_await job.run_once();
    CHECK(finished);
    CHECK(done == series(30));
  });
}

TEST_CASE("a job is not done while entries are left pending") {
  topic_world world;
  world.send_many("orders", 3);
  topic_consumer job(world.redis, topic_group("g"));
  job.on("orders", [](topic_delivery& what) -> asio::awaitable<void> {
    if (number_in(what) == 1) throw std::runtime_error("not yet");
    co_return;
  });
  job.on_error<std::runtime_error>(
      [](const std::runtime_error&, const sluice::delivery&) { return sluice::verdict::leave(); });
  world.play([&]() -> asio::awaitable<void> {
    const bool done = co_await job.run_once();
    CHECK_FALSE(done);
    CHECK(job.counters().settled == 2);
    CHECK(world.server.command({"EXISTS", "telstar:once:g"}) == "0");
  });
}

}  // namespace
