// What the library brings to put around the handlers of a worker.
#include "support/worker_scene.hpp"

#include <sluice/group/dead_letters.hpp>
#include <sluice/group/middleware.hpp>

#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <limits>
#include <mutex>
#include <thread>

namespace {

using namespace scene;
using sluice::concurrency;
using sluice::delivery;
using sluice::errc;
using sluice::handling;
using sluice::retry_policy;
using sluice::worker;

std::string job_number(const sluice::entry& job) { return std::string(job.field("n")); }

// The log.

TEST_CASE("the log tells begin and end of each handling, and why one failed") {
  stream_world world;
  std::vector<std::string> lines;
  const auto log = [&lines](const handling& what) {
    const std::string phase = what.what == handling::phase::begun   ? "begun"
                              : what.what == handling::phase::ended ? "ended"
                                                                    : "failed";
    const bool long_enough = what.took >= (what.what == handling::phase::begun ? 0ms : 10ms);
    lines.push_back(phase + " " + std::string(what.stream) + " " + std::string(what.group) + " " +
                    std::string(what.consumer) + " " + std::string(what.id) + " " +
                    std::to_string(what.delivery_count.value_or(0)) + " " +
                    std::string(what.error_text) + (long_enough ? "" : " too short"));
  };
  const auto handle = [](delivery& job) -> asio::awaitable<void> {
    co_await pause(12ms);
    if (job.delivery_count() == 1) throw std::runtime_error("not yet");
  };
  world.server.command({"XADD", "jobs", "7-1", "n", "secret"});
  world.play([&]() -> asio::awaitable<void> {
    worker crew(world.redis, jobs(), handle,
                concurrency(1).retry(quickly()).wrap(sluice::log_entries(log)));
    co_await until_done(world, crew, 1);
  });
  CHECK(lines == std::vector<std::string>{
                     "begun jobs workers self 7-1 1 ", "failed jobs workers self 7-1 1 not yet",
                     "begun jobs workers self 7-1 2 ", "ended jobs workers self 7-1 2 "});
}

TEST_CASE("a log that throws decides over no entry") {
  stream_world world;
  const auto log = [](const handling&) { throw std::runtime_error("the disk is full"); };
  const auto handle = [](delivery&) -> asio::awaitable<void> { co_return; };
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 3);
    worker crew(world.redis, jobs(), handle, concurrency(1).wrap(sluice::log_entries(log)));
    co_await until_done(world, crew, 3);
    CHECK(crew.statistics().failed == 0);
  });
}

// The time limit.

TEST_CASE("a handler that takes too long is cancelled, and the attempt fails with a timeout") {
  stream_world world;
  int cancelled = 0;
  const auto handle = [&](delivery& job) -> asio::awaitable<void> {
    if (number_of(job) != 1) co_return;
    try {
      co_await pause(60s);
    } catch (const boost::system::system_error&) {
      ++cancelled;
      throw;
    }
  };
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 3);
    worker crew(world.redis, jobs(), handle,
                concurrency(1).retry(quickly().attempts(2)).wrap(sluice::time_limit(30ms)));
    co_await until_done(world, crew, 3);
    CHECK(crew.statistics().handled == 2);
    const sluice::dead_letters dead(world.redis, "jobs:dead");
    const auto letters = co_await dead.list();
    REQUIRE(letters.size() == 1);
    CHECK(letters.front().field("n") == "1");
    CHECK(letters.front().reason().find("longer than 30 ms") != std::string::npos);
  });
  CHECK(cancelled == 2);
}

TEST_CASE("an error handler sees the timeout as what it is") {
  stream_world world;
  boost::system::error_code seen;
  sluice::error_handlers handlers;
  handlers.on<sluice::error>([&seen](const sluice::error& why, const delivery&) {
    seen = why.code();
    return sluice::verdict::reject("too slow");
  });
  const auto handle = [](delivery&) -> asio::awaitable<void> { co_await pause(60s); };
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 1);
    worker crew(world.redis, jobs(), handle,
                concurrency(1).errors(handlers).wrap(sluice::time_limit(20ms)));
    co_await until_done(world, crew, 1);
  });
  CHECK(seen == errc::timeout);
}

TEST_CASE("a handler that ignores its cancellation is waited for, and has failed all the same") {
  stream_world world;
  int running = 0, most = 0, ended = 0;
  const auto handle = [&](delivery& job) -> asio::awaitable<void> {
    most = std::max(most, ++running);
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    if (job.delivery_count() == 1) co_await pause(80ms);
    --running;
    ++ended;
  };
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 1);
    worker crew(world.redis, jobs(), handle,
                concurrency(1).retry(quickly()).wrap(sluice::time_limit(20ms)));
    co_await until_done(world, crew, 1);
    CHECK(crew.statistics().failed == 1);
  });
  CHECK(ended == 2);
  CHECK(most == 1);
}

TEST_CASE("a handler that settled its entry before its time was over has not failed") {
  stream_world world;
  const auto handle = [](delivery& job) -> asio::awaitable<void> {
    co_await std::move(job).ack();
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await pause(60ms);
  };
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 1);
    worker crew(world.redis, jobs(), handle, concurrency(1).wrap(sluice::time_limit(30ms)));
    co_await until_done(world, crew, 1);
    CHECK(crew.statistics().failed == 0);
  });
}

TEST_CASE("with a time limit a lost lease still cancels the handler") {
  stream_world world;
  bool cancelled = false;
  const auto handle = robbed(world, cancelled);
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 1);
    worker crew(world.redis, jobs(), handle, concurrency(1).wrap(sluice::time_limit(20s)));
    world.beside([&crew]() { return crew.run(); });
    co_await until([&] { return crew.statistics().leases_lost == 1; });
    CHECK(cancelled);
    crew.stop();
  });
}

TEST_CASE("with a time limit the end of the drain still cancels the handler") {
  stream_world world;
  const auto handle = [](delivery&) -> asio::awaitable<void> { co_await pause(60s); };
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 1);
    worker crew(world.redis, jobs(), handle,
                concurrency(1).drain_within(30ms).wrap(sluice::time_limit(20s)));
    world.beside([&]() -> asio::awaitable<void> {
      co_await until([&] { return crew.statistics().in_progress == 1; });
      crew.stop();
    });
    co_await crew.run();
    co_await take_untried(world, 1);
  });
}

TEST_CASE("a program may end while a handler has a time limit") {
  stream_world world;
  const auto handle = [](delivery&) -> asio::awaitable<void> { co_await pause(60s); };
  worker crew(world.redis, jobs(), handle, concurrency(1).wrap(sluice::time_limit(20s)));
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 1);
    world.beside([&crew]() { return crew.run(); });
    co_await until([&] { return crew.statistics().in_progress == 1; });
  });
}

// The rate.

TEST_CASE("handlers begin no faster than the rate, after a burst") {
  stream_world world;
  std::vector<std::chrono::steady_clock::time_point> begun;
  const auto handle = [&](delivery&) -> asio::awaitable<void> {
    begun.push_back(std::chrono::steady_clock::now());
    co_return;
  };
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 10);
    worker crew(world.redis, jobs(), handle, concurrency(8).wrap(sluice::rate_limit(50, 4)));
    co_await until_done(world, crew, 10);
  });
  REQUIRE(begun.size() == 10);
  CHECK(begun.back() - begun.front() >= 115ms);
}

TEST_CASE("a stopped worker gives back at once what waits for its turn") {
  stream_world world;
  int handled = 0;
  const auto handle = counting(handled);
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 3);
    worker crew(world.redis, jobs(), handle, concurrency(3).wrap(sluice::rate_limit(0.01)));
    world.beside([&]() -> asio::awaitable<void> {
      co_await until([&] { return crew.statistics().in_progress == 2 && handled == 1; });
      crew.stop();
    });
    const auto begun = std::chrono::steady_clock::now();
    co_await crew.run();
    CHECK(std::chrono::steady_clock::now() - begun < 10s);
    co_await take_untried(world, 2);
  });
  CHECK(handled == 1);
}

TEST_CASE("who loses its lease while it waits for its turn gives its bench free") {
  stream_world world;
  const auto handle = [](delivery&) -> asio::awaitable<void> { co_return; };
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 2);
    worker crew(world.redis, jobs(), handle, concurrency(2).wrap(sluice::rate_limit(0.01)));
    world.beside([&crew]() { return crew.run(); });
    co_await until([&] {
      const auto now = crew.statistics();
      return now.in_progress == 1 && now.handled == 1;
    });
    co_await until([&] { return world.pending("jobs", "workers") == 1; });
    world.server.command({"EVAL",
                          "local id = redis.call('XPENDING', KEYS[1], 'workers', '-', '+', 1)[1][1]"
                          " return redis.call('XCLAIM', KEYS[1], 'workers', 'thief', 0, id)",
                          "1", "jobs"});
    co_await until([&] { return crew.statistics().leases_lost == 1; });
    CHECK(crew.statistics().in_progress == 0);
    crew.stop();
  });
}

// All of them.

TEST_CASE("with all middleware a handler may still move its delivery away and settle it") {
  stream_world world;
  std::vector<std::string> ended;
  const auto log = [&ended](const handling& what) {
    if (what.what == handling::phase::ended) ended.emplace_back(what.id);
  };
  const auto handle = [](delivery& job) -> asio::awaitable<void> {
    delivery mine = std::move(job);
    co_await std::move(mine).ack();
  };
  world.server.command({"XADD", "jobs", "7-1", "n", "1"});
  world.play([&]() -> asio::awaitable<void> {
    auto how = concurrency(1);
    how.wrap(sluice::log_entries(log)).wrap(sluice::deduplicate(job_number, 1min));
    how.wrap(sluice::rate_limit(1'000)).wrap(sluice::time_limit(10s));
    worker crew(world.redis, jobs(), handle, how);
    co_await until_done(world, crew, 1);
  });
  CHECK(ended == std::vector<std::string>{"7-1"});
}

TEST_CASE("middleware runs where the handlers run, on several threads") {
  stream_world world;
  asio::thread_pool pool(2);
  std::atomic<int> handled = 0;
  std::mutex guard;
  std::vector<handling::phase> lines;
  const auto log = [&](const handling& what) {
    const std::lock_guard lock(guard);
    lines.push_back(what.what);
  };
  const auto handle = [&](delivery& job) -> asio::awaitable<void> {
    if (number_of(job) == 7) co_await pause(60s);
    ++handled;
  };
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 100);
    world.add("jobs", 50);
    auto how = concurrency(8).retry(quickly().attempts(2)).run_handlers_on(pool.get_executor());
    how.wrap(sluice::log_entries(log));
    how.wrap(sluice::deduplicate(job_number, 1min));
    how.wrap(sluice::rate_limit(1'000, 20));
    how.wrap(sluice::time_limit(100ms));
    worker crew(world.redis, jobs(), handle, how);
    co_await until_done(world, crew, 150);
    CHECK(crew.statistics().rejected == 2);
  });
  CHECK(handled == 99);
  CHECK(std::count(lines.begin(), lines.end(), handling::phase::ended) == 148);
  CHECK(std::count(lines.begin(), lines.end(), handling::phase::failed) == 4);
}

TEST_CASE("what makes no sense is refused at once") {
  const auto refused = [](const std::function<void()>& call) {
    return code_of(call) == errc::invalid_argument;
  };
  CHECK(refused([] { sluice::log_entries(nullptr); }));
  CHECK(refused([] { sluice::time_limit(0ms); }));
  CHECK(refused([] { sluice::deduplicate(nullptr, 1s); }));
  CHECK(refused([] { sluice::deduplicate(job_number, 0ms); }));
  CHECK(refused([] { sluice::rate_limit(0); }));
  CHECK(refused([] { sluice::rate_limit(std::numeric_limits<double>::quiet_NaN()); }));
  CHECK(refused([] { sluice::rate_limit(1, 0); }));
  CHECK(refused([] { sluice::concurrency(1).wrap(nullptr); }));
}

}  // namespace
