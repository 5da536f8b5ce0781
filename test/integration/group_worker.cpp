// One object that does all that belongs to working on a group's entries.
#include "support/worker_scene.hpp"

#include <sluice/group/dead_letters.hpp>
#include <sluice/group/worker.hpp>

#include <boost/asio/thread_pool.hpp>

#include <map>
#include <set>
#include <thread>

namespace {

using namespace scene;
using sluice::concurrency;
using sluice::delivery;
using sluice::retry_policy;
using sluice::worker;

TEST_CASE("a worker works on many entries at once, and never on more than it may") {
  stream_world world;
  int now = 0, most = 0;
  std::set<int> seen;
  const auto handle = [&](delivery& job) -> asio::awaitable<void> {
    most = std::max(most, ++now);
    seen.insert(number_of(job));
    co_await pause(5ms);
    --now;
  };
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 100);
    worker crew(world.redis, jobs(), handle, concurrency(8));
    co_await until_done(world, crew, 100);
    CHECK(crew.statistics().handled == 100);
  });
  CHECK(seen.size() == 100);
  CHECK(most == 8);
}

TEST_CASE("a failed entry is tried again, and becomes a dead letter after the last attempt") {
  stream_world world;
  std::map<int, int> attempts;
  const auto handle = [&](delivery& job) -> asio::awaitable<void> {
    const auto number = number_of(job);
    ++attempts[number];
    if (number == 3) throw std::runtime_error("three is poison");
    if (number == 4 && attempts[number] < 3) throw std::runtime_error("not yet");
    co_return;
  };
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 6);
    worker crew(world.redis, jobs(), handle, concurrency(2).retry(quickly().attempts(4)));
    co_await until_done(world, crew, 6);
    CHECK(crew.statistics().rejected == 1);
    const sluice::dead_letters dead(world.redis, "jobs:dead");
    const auto letters = co_await dead.list();
    REQUIRE(letters.size() == 1);
    const auto& letter = letters.front();
    CHECK(letter.stream() == "jobs");
    CHECK(letter.group() == "workers");
    CHECK(letter.consumer() == "self");
    CHECK(letter.reason() == "three is poison");
    CHECK(letter.deliveries() == 4);
    CHECK(letter.field("n") == "3");
  });
  CHECK(attempts == std::map<int, int>{{0, 1}, {1, 1}, {2, 1}, {3, 4}, {4, 3}, {5, 1}});
}

TEST_CASE("entries that are no dead letters do not hide those behind them") {
  stream_world world;
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs:dead", 250);
    world.add("jobs", 1);
    sluice::group_consumer self(world.redis, jobs());
    auto job = co_await self.get_entry();
    co_await std::move(*job).reject("poison");
    const sluice::dead_letters dead(world.redis, "jobs:dead");
    const auto letters = co_await dead.list(100);
    CHECK(letters.size() == 1);
    const auto back = co_await dead.redrive_all();
    CHECK(back == 1);
    const auto left = co_await dead.size();
    CHECK(left == 250);
  });
}

TEST_CASE("the handler of the most derived error judges") {
  struct base : std::runtime_error {
    using std::runtime_error::runtime_error;
  };
  struct derived : base {
    using base::base;
  };
  stream_world world;
  const auto handle = [&](delivery& job) -> asio::awaitable<void> {
    if (number_of(job) == 0) throw derived("worthless");
    if (number_of(job) == 1) throw base("harmless");
    co_return;
  };
  sluice::error_handlers handlers;
  handlers.on<base>([](const base&, const delivery&) { return sluice::verdict::ack(); });
  handlers.on<derived>(
      [](const derived& why, const delivery&) { return sluice::verdict::reject(why.what()); });
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 3);
    worker crew(world.redis, jobs(), handle, concurrency(1).errors(handlers));
    co_await until_done(world, crew, 3);
    const auto done = crew.statistics();
    CHECK(done.dismissed == 1);
    CHECK(done.rejected == 1);
    CHECK(done.handled == 1);
  });
}

TEST_CASE("an error that is let through ends the worker, and the entry comes again") {
  stream_world world;
  bool broken = true;
  const auto handle = [&](delivery&) -> asio::awaitable<void> {
    if (broken) throw std::logic_error("a bug");
    co_return;
  };
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 1);
    const auto how = concurrency(4).unhandled(sluice::on_unhandled::stop);
    worker first(world.redis, jobs(), handle, how);
    std::string thrown;
    try {
      co_await first.run();
    } catch (const std::logic_error& why) {
      thrown = why.what();
    }
    CHECK(thrown == "a bug");
    broken = false;
    worker second(world.redis, jobs(), handle, how);
    co_await until_done(world, second, 1);
  });
}

TEST_CASE("entries with the same key are worked on in order, others beside them") {
  stream_world world;
  std::map<int, std::vector<int>> seen;
  int now = 0, most = 0;
  const auto handle = [&](delivery& job) -> asio::awaitable<void> {
    const auto number = number_of(job);
    most = std::max(most, ++now);
    co_await pause(std::chrono::milliseconds(number % 7));
    --now;
    if (number == 10 && seen[10 % 5].empty()) throw std::runtime_error("once more");
    seen[number % 5].push_back(number);
  };
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 60);
    auto how = concurrency(8).retry(quickly());
    how.ordered_by([](const sluice::entry& job) { return std::to_string(number_of(job) % 5); });
    worker crew(world.redis, jobs(), handle, how);
    co_await until_done(world, crew, 60);
  });
  CHECK(most > 1);
  for (const auto& [key, numbers] : seen) {
    CAPTURE(key);
    CHECK(std::is_sorted(numbers.begin(), numbers.end()));
    CHECK(numbers.size() == 12);
  }
}

TEST_CASE("stopping lets handlers finish and hands back what was read ahead") {
  stream_world world;
  int finished = 0;
  const auto handle = [&](delivery&) -> asio::awaitable<void> {
    co_await pause(100ms);
    ++finished;
  };
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 50);
    worker crew(world.redis, jobs(), handle, concurrency(4));
    bool ended = false;
    world.beside([&]() -> asio::awaitable<void> {
      co_await crew.run();
      ended = true;
    });
    co_await until([&] { return crew.statistics().in_progress == 4; });
    crew.stop();
    co_await until([&] { return ended; });
    CHECK(finished == 4);
    auto elsewhere = world.connect(world.server.url());
    sluice::group_consumer other(elsewhere, jobs().consumer("other"));
    const auto rest = co_await numbers(other, 46);
    CHECK(rest.size() == 46);
  });
}

TEST_CASE("a handler that does not end is cancelled when the time to drain is over") {
  stream_world world;
  bool cancelled = false;
  const auto handle = [&](delivery&) -> asio::awaitable<void> {
    try {
      co_await pause(60s);
    } catch (const boost::system::system_error&) {
      cancelled = true;
      throw;
    }
  };
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 1);
    auto how = concurrency(1).drain_within(50ms);
    worker crew(world.redis, jobs(), handle, how);
    world.beside([&]() -> asio::awaitable<void> {
      co_await until([&] { return crew.statistics().in_progress == 1; });
      crew.stop();
    });
    co_await crew.run();
    CHECK(cancelled);
    co_await take_untried(world, 1);
  });
}

TEST_CASE("a lost lease cancels the handler, and nothing is settled") {
  stream_world world;
  bool cancelled = false;
  const auto handle = robbed(world, cancelled);
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 1);
    worker crew(world.redis, jobs(), handle, concurrency(1));
    world.beside([&crew]() { return crew.run(); });
    co_await until([&] { return crew.statistics().leases_lost == 1; });
    CHECK(cancelled);
    crew.stop();
    CHECK(world.pending("jobs", "workers") == 1);
  });
}

TEST_CASE("an entry that is lost while it waits in its place makes way for those behind it") {
  stream_world world;
  int second = 0;
  const auto handle = [&](delivery& job) -> asio::awaitable<void> {
    if (number_of(job) == 0) throw sluice::retry_after(10min);
    ++second;
    co_return;
  };
  world.play([&]() -> asio::awaitable<void> {
    auto how = concurrency(2).ordered_by([](const sluice::entry&) { return std::string("same"); });
    worker crew(world.redis, jobs(), handle, how);
    world.beside([&crew]() { return crew.run(); });
    const auto first = world.server.command({"XADD", "jobs", "*", "n", "0"});
    world.add("jobs", 1, 1);
    co_await until([&] { return crew.statistics().parked == 1; });
    world.server.command({"XCLAIM", "jobs", "workers", "thief", "0", first, "JUSTID"});
    co_await until([&] { return second == 1; });
    crew.stop();
  });
}

TEST_CASE("handlers run where they are told to") {
  stream_world world;
  asio::thread_pool pool(1);
  std::thread::id where;
  const auto handle = [&](delivery&) -> asio::awaitable<void> {
    where = std::this_thread::get_id();
    co_return;
  };
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 20);
    worker crew(world.redis, jobs(), handle, concurrency(4).run_handlers_on(pool.get_executor()));
    co_await until_done(world, crew, 20);
  });
  CHECK(where != std::thread::id());
  CHECK(where != std::this_thread::get_id());
}

TEST_CASE("a paused worker takes nothing, and goes on when it is told to") {
  stream_world world;
  world.play([&]() -> asio::awaitable<void> {
    const auto handle = [](delivery&) -> asio::awaitable<void> { co_return; };
    worker crew(world.redis, jobs(), handle, concurrency(2));
    world.beside([&crew]() { return crew.run(); });
    world.add("jobs", 1);
    co_await until([&] { return crew.statistics().handled == 1; });
    crew.pause();
    world.add("jobs", 5);
    co_await pause(100ms);
    CHECK(crew.statistics().handled == 1);
    crew.resume();
    co_await until([&] { return crew.statistics().handled == 6; });
    crew.stop();
  });
}

}  // namespace
