// Entries that are the same work, done once.
#include "support/worker_scene.hpp"

#include <sluice/group/middleware.hpp>

#include <algorithm>

namespace {

using namespace scene;
using sluice::concurrency;
using sluice::delivery;
using sluice::group;
using sluice::retry_policy;
using sluice::worker;

std::string number_text(const sluice::entry& job) { return std::string(job.field("n")); }

TEST_CASE("an entry whose key was handled is acknowledged without calling the handler") {
  stream_world world;
  std::vector<int> handled;
  const auto handle = [&](delivery& job) -> asio::awaitable<void> {
    handled.push_back(number_of(job));
    co_return;
  };
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 3);
    world.add("jobs", 4);
    worker crew(world.redis, jobs(), handle,
                concurrency(1).wrap(sluice::deduplicate(number_text, 1min)));
    co_await until_done(world, crew, 7);
  });
  CHECK(handled == series(4));
  const auto left = std::stoi(world.server.command({"PTTL", "jobs:sluice:workers:seen:0"}));
  CHECK(left > 50'000);
  CHECK(left <= 60'000);
}

TEST_CASE("what another member has handled is known here") {
  stream_world world;
  int handled = 0;
  const auto handle = counting(handled);
  world.play([&]() -> asio::awaitable<void> {
    const auto how = concurrency(1).wrap(sluice::deduplicate(number_text, 1min));
    world.add("jobs", 2);
    worker first(world.redis, jobs(), handle, how);
    co_await until_done(world, first, 2);
    world.add("jobs", 2);
    auto elsewhere = world.connect(world.server.url());
    worker second(elsewhere, jobs().consumer("other"), handle, how);
    co_await until_done(world, second, 2);
  });
  CHECK(handled == 2);
}

TEST_CASE("a key is forgotten after its time") {
  stream_world world;
  int handled = 0;
  const auto handle = counting(handled);
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 1);
    worker crew(world.redis, jobs(), handle,
                concurrency(1).wrap(sluice::deduplicate(number_text, 20ms)));
    world.beside([&crew]() { return crew.run(); });
    co_await until([&] { return handled == 1; });
    co_await pause(60ms);
    world.add("jobs", 1);
    co_await until([&] { return handled == 2; });
    crew.stop();
  });
}

TEST_CASE("an attempt that failed is not remembered") {
  stream_world world;
  int attempts = 0;
  const auto handle = [&](delivery&) -> asio::awaitable<void> {
    if (++attempts == 1) throw std::runtime_error("not yet");
    co_return;
  };
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 1);
    worker crew(world.redis, jobs(), handle,
                concurrency(1).retry(quickly()).wrap(sluice::deduplicate(number_text, 1min)));
    co_await until_done(world, crew, 1);
  });
  CHECK(attempts == 2);
}

TEST_CASE("a handler that gives its entry back by itself is not remembered") {
  stream_world world;
  int calls = 0;
  const auto handle = [&](delivery& job) -> asio::awaitable<void> {
    if (++calls == 1) co_await std::move(job).nack();
  };
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 1);
    worker crew(world.redis, jobs(), handle,
                concurrency(1).wrap(sluice::deduplicate(number_text, 1min)));
    co_await until_done(world, crew, 2);
  });
  CHECK(calls == 2);
}

TEST_CASE("entries of one key wait for each other, and are handled once") {
  stream_world world;
  int now = 0, most = 0, handled = 0;
  const auto handle = [&](delivery&) -> asio::awaitable<void> {
    most = std::max(most, ++now);
    co_await pause(20ms);
    --now;
    ++handled;
  };
  const auto same = [](const sluice::entry&) { return std::string("all"); };
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 10);
    worker crew(world.redis, jobs(), handle, concurrency(10).wrap(sluice::deduplicate(same, 1min)));
    co_await until_done(world, crew, 10);
  });
  CHECK(most == 1);
  CHECK(handled == 1);
}

TEST_CASE("who waits for one of its key is called when that one fails") {
  stream_world world;
  int calls = 0;
  const auto handle = [&](delivery&) -> asio::awaitable<void> {
    const bool first = ++calls == 1;
    co_await pause(20ms);
    if (first) throw sluice::give_up("broken");
  };
  const auto same = [](const sluice::entry&) { return std::string("all"); };
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 3);
    worker crew(world.redis, jobs(), handle, concurrency(3).wrap(sluice::deduplicate(same, 1min)));
    co_await until_done(world, crew, 3);
  });
  CHECK(calls == 2);
}

TEST_CASE("entries without a key are all handled") {
  stream_world world;
  int handled = 0;
  const auto handle = counting(handled);
  const auto none = [](const sluice::entry&) { return std::string(); };
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 3);
    worker crew(world.redis, jobs(), handle, concurrency(3).wrap(sluice::deduplicate(none, 1min)));
    co_await until_done(world, crew, 3);
  });
  CHECK(handled == 3);
}

TEST_CASE("a mark that the server refuses is told, and the entry counts as handled") {
  stream_world world;
  world.server.command({"ACL", "SETUSER", "worker", "on", ">secret", "~*", "&*", "+@all", "-set"});
  int handled = 0;
  const auto handle = counting(handled);
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 1);
    auto how = world.options(world.server.url());
    how.credentials("worker", "secret");
    sluice::client limited(world.io.get_executor(), how);
    auto simple = group("workers").consumer("self").stream("jobs").claim_timeout(10s);
    worker crew(limited, simple, handle,
                concurrency(1).wrap(sluice::deduplicate(number_text, 1min)));
    co_await until_done(world, crew, 1);
    CHECK(crew.statistics().failed == 0);
  });
  CHECK(handled == 1);
  const auto told = world.events.lines<sluice::events::upkeep_failed>();
  CHECK(std::any_of(told.begin(), told.end(), [](const std::string& line) {
    return line.find("remembering a handled entry") != std::string::npos;
  }));
}

TEST_CASE("without an answer whether a key was handled the attempt fails") {
  stream_world world;
  world.server.command({"ACL", "SETUSER", "worker", "on", ">secret", "+@all", "&*", "~jobs",
                        "~jobs:dead", "~jobs:sluice:workers:r*", "~jobs:sluice:workers:sweeper"});
  int handled = 0;
  const auto handle = counting(handled);
  world.play([&]() -> asio::awaitable<void> {
    world.add("jobs", 1);
    auto how = world.options(world.server.url());
    how.credentials("worker", "secret");
    sluice::client limited(world.io.get_executor(), how);
    auto simple = group("workers").consumer("self").stream("jobs").claim_timeout(10s);
    const auto once = sluice::deduplicate(number_text, 1min);
    worker crew(limited, simple, handle, concurrency(1).retry(retry_policy::none()).wrap(once));
    co_await until_done(world, crew, 1);
    CHECK(crew.statistics().rejected == 1);
  });
  CHECK(handled == 0);
}

}  // namespace
