// Objects that listen: they have state, and what they gather is flushed.
#include "support/app_world.hpp"

#include <sluice/core/event.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace scene;
using sluice::listener_options;
using sluice::request;

/// What happened to an object, for tests that outlive it.
struct diary {
  std::vector<int> gathered, flushed;
  int flushes = 0, at_once = 0, most_at_once = 0;
};

/// Gathers numbers, and writes them away together.
class tally {
 public:
  explicit tally(std::shared_ptr<diary> kept) : kept_(std::move(kept)) {}

  void consume(int number) { kept_->gathered.push_back(number); }
  asio::awaitable<void> flush() {
    const auto kept = kept_;
    kept->most_at_once = std::max(kept->most_at_once, ++kept->at_once);
    const auto taken = std::exchange(kept->gathered, {});
    co_await pause(3ms);
    kept->flushed.insert(kept->flushed.end(), taken.begin(), taken.end());
    ++kept->flushes;
    --kept->at_once;
  }

 private:
  std::shared_ptr<diary> kept_;
};

/// Cannot write anything away the first times.
struct stubborn {
  std::shared_ptr<int> tries;
  int failures = 0;

  void consume(request& what) { what.respond("kept"); }
  void flush() {
    if (++*tries <= failures) throw std::runtime_error("the disk is full");
  }
};

/// Answers, and has nothing to flush.
class counter {
 public:
  asio::awaitable<int> consume(request&, const std::string& text) {
    co_await pause(1ms);
    seen_ += static_cast<int>(text.size());
    co_return seen_;
  }

 private:
  int seen_ = 0;
};

}  // namespace

TEST_CASE("an object that listens keeps its state from message to message") {
  app_world world;
  sluice::app service(world.redis, "service");
  service.listen("count", counter());
  world.run(service);
  world.play([&]() -> asio::awaitable<void> {
    const auto first = co_await world.ask("count", "one");
    CHECK(first == json::value(3));
    const auto second = co_await world.ask("count", "three");
    CHECK(second == json::value(8));
    service.stop();
  });
}

TEST_CASE("an object is flushed once after the last message, before run() returns") {
  app_world world;
  sluice::app service(world.redis, "service");
  const auto kept = std::make_shared<diary>();
  service.listen("numbers", tally(kept));
  world.play([&]() -> asio::awaitable<void> {
    for (int i = 0; i < 20; ++i) world.web.send("numbers", i);
    auto stop_soon = [&]() -> asio::awaitable<void> {
      co_await until([&] { return kept->gathered.size() == 20; });
      CHECK(kept->flushes == 0);
      service.stop();
    };
    world.beside(stop_soon);
    co_await service.run();
    CHECK(kept->flushes == 1);
    CHECK(kept->flushed == series(20));
    CHECK(kept->gathered.empty());
  });
}

TEST_CASE("an object is flushed by interval while messages come, never beside itself") {
  app_world world;
  sluice::app service(world.redis, "service");
  const auto kept = std::make_shared<diary>();
  service.listen("numbers", tally(kept), listener_options().flush_every(1ms));
  world.run(service);
  world.play([&]() -> asio::awaitable<void> {
    world.web.send("numbers", 7);
    co_await until([&] { return kept->flushes >= 3 && kept->flushed.size() == 1; });
    service.stop();
  });
  CHECK(kept->most_at_once == 1);
}

TEST_CASE("an object that listens to two topics is flushed once for both") {
  app_world world;
  sluice::app service(world.redis, "service");
  const auto kept = std::make_shared<diary>();
  const auto shared = std::make_shared<tally>(kept);
  service.listen("odd", shared).listen("even", shared);
  world.play([&]() -> asio::awaitable<void> {
    world.web.send("odd", 1);
    world.web.send("even", 2);
    auto stop_soon = [&]() -> asio::awaitable<void> {
      co_await until([&] { return kept->gathered.size() == 2; });
      service.stop();
    };
    world.beside(stop_soon);
    co_await service.run();
  });
  CHECK(kept->flushes == 1);
  CHECK(kept->flushed.size() == 2);
}

TEST_CASE("a flush that fails is told by an event, and tried again") {
  app_world world;
  sluice::app service(world.redis, "service");
  const auto tries = std::make_shared<int>(0);
  stubborn disk;
  disk.tries = tries;
  disk.failures = 2;
  service.listen("pages", std::move(disk), listener_options().flush_every(1ms));
  world.run(service);
  world.play([&]() -> asio::awaitable<void> {
    co_await until([&] { return *tries >= 4; });
    service.stop();
  });
  const auto told = world.events.lines<sluice::events::flush_failed>();
  REQUIRE(told.size() == 2);
  CHECK(told.front() == "group 'service' topic 'pages': flushing failed: the disk is full");
}

TEST_CASE("a last flush that fails ends run() with its error") {
  app_world world;
  sluice::app service(world.redis, "service");
  stubborn disk;
  disk.tries = std::make_shared<int>(0);
  disk.failures = 1;
  service.listen("pages", std::move(disk));
  world.play([&]() -> asio::awaitable<void> {
    auto stop_soon = [&]() -> asio::awaitable<void> {
      const auto kept = co_await world.ask("pages", 1);
      CHECK(kept == json::value("kept"));
      service.stop();
    };
    world.beside(stop_soon);
    std::string text;
    try {
      co_await service.run();
    } catch (const std::runtime_error& why) {
      text = why.what();
    }
    CHECK(text == "the disk is full");
  });
  CHECK(world.events.count<sluice::events::flush_failed>() == 1);
}

TEST_CASE("a flush that does not end is cancelled when the time to drain is over") {
  app_world world;
  sluice::app service(world.redis, "service");
  struct endless {
    void consume(int) {}
    asio::awaitable<void> flush() { co_await pause(1h); }
  };
  service.listen("numbers", endless(), listener_options().drain_within(20ms));
  world.play([&]() -> asio::awaitable<void> {
    service.stop();
    bool cancelled = false;
    try {
      co_await service.run();
    } catch (const boost::system::system_error& why) {
      cancelled = why.code() == sluice::condition::cancelled;
    }
    CHECK(cancelled);
  });
}

TEST_CASE("an object lives until the app is gone") {
  app_world world;
  const auto kept = std::make_shared<diary>();
  {
    sluice::app service(world.redis, "service");
    service.listen("numbers", tally(kept));
    CHECK(kept.use_count() == 2);
  }
  CHECK(kept.use_count() == 1);
}

TEST_CASE("an app that is destroyed while it runs flushes what it has gathered") {
  app_world world;
  const auto kept = std::make_shared<diary>();
  world.play([&]() -> asio::awaitable<void> {
    std::optional<sluice::app> service(std::in_place, world.redis, "service");
    service->listen("numbers", tally(kept));
    world.run(*service);
    world.web.send("numbers", 7);
    co_await until([&] { return kept->gathered.size() == 1; });
    service.reset();
    co_await until([&] { return kept->flushed.size() == 1; });
    co_await until([&] { return kept.use_count() == 1; });
  });
}

TEST_CASE("the io_context may end in the middle of a flush") {
  const auto kept = std::make_shared<diary>();
  {
    app_world world;
    sluice::app service(world.redis, "service");
    service.listen("numbers", tally(kept), listener_options().flush_every(1ms));
    world.run(service);
    world.play(
        [&]() -> asio::awaitable<void> { co_await until([&] { return kept->at_once == 1; }); });
  }
  CHECK(kept.use_count() == 1);
}
