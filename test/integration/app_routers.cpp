// Listeners that are declared in one place and included in others.
#include "support/app_world.hpp"

#include <memory>
#include <string>
#include <vector>

namespace {

using namespace scene;
using sluice::request;
using sluice::router;

/// As a file of its own would declare it.
router charges() {
  router made;
  made.listen("charge", [](charge what) { return what.total.cents; })
      .listen("refund", sluice::arguments("cents"), [](int cents) { return -cents; });
  return made;
}

/// Says under which topic a message came.
router echoes() {
  router made;
  made.listen("echo", [](request& what) { return what.topic(); });
  return made;
}

/// Gathers, and tells of its flushes.
struct log_book {
  std::vector<std::string> lines;
  int at_once = 0, most_at_once = 0, flushes = 0;

  void consume(std::string line) { lines.push_back(std::move(line)); }
  asio::awaitable<void> flush() {
    most_at_once = std::max(most_at_once, ++at_once);
    co_await pause(2ms);
    ++flushes;
    --at_once;
  }
};

}  // namespace

TEST_CASE("the listeners of a router are included below a prefix") {
  app_world world;
  sluice::app service(world.redis, "service");
  service.include(charges(), "billing.").include(echoes());
  world.run(service);
  world.play([&]() -> asio::awaitable<void> {
    const auto paid = co_await world.ask("billing.charge", sluice::write_form(some_charge()));
    CHECK(paid == json::value(1250));
    const auto back = co_await world.ask("billing.refund", json::parse(R"({"cents": 3})"));
    CHECK(back == json::value(-3));
    const auto topic = co_await world.ask("echo", nullptr);
    CHECK(topic == json::value("echo"));
    service.stop();
  });
}

TEST_CASE("routers know nothing of each other") {
  const auto one = charges(), other = echoes();
  CHECK(one.entries().size() == 2);
  CHECK(other.entries().size() == 1);
  CHECK(router().entries().empty());
}

TEST_CASE("a router may be included twice, below different prefixes, and each listener runs once") {
  app_world world;
  sluice::app service(world.redis, "service");
  int handled = 0;
  router counting;
  counting.listen("count", [&handled](int by) { return handled += by; });
  service.include(counting, "a.").include(counting, "b.");
  world.run(service);
  world.play([&]() -> asio::awaitable<void> {
    const auto first = co_await world.ask("a.count", 1);
    CHECK(first == json::value(1));
    const auto second = co_await world.ask("b.count", 1);
    CHECK(second == json::value(2));
    service.stop();
  });
}

TEST_CASE("routers nest, and their prefixes join") {
  app_world world;
  sluice::app service(world.redis, "service");
  router inner = echoes(), outer;
  outer.include(inner, "deep.").listen("near", [] { return "here"; });
  inner.listen("late", [] { return "not included any more"; });
  service.include(outer, "shop.");
  CHECK(outer.entries().size() == 2);
  world.run(service);
  world.play([&]() -> asio::awaitable<void> {
    const auto topic = co_await world.ask("shop.deep.echo", nullptr);
    CHECK(topic == json::value("shop.deep.echo"));
    const auto near = co_await world.ask("shop.near", nullptr);
    CHECK(near == json::value("here"));
    service.stop();
  });
}

TEST_CASE("a router may include itself, once") {
  router twice = echoes();
  twice.include(twice, "again.");
  REQUIRE(twice.entries().size() == 2);
  CHECK(twice.entries()[1].topic == "again.echo");
}

TEST_CASE("two apps may include the same router, and each gets every message") {
  app_world world;
  sluice::app one(world.redis, "one"), other(world.redis, "other");
  router shared;
  int handled = 0;
  shared.listen("note", [&handled](std::string) { ++handled; });
  one.include(shared);
  other.include(shared);
  world.run(one);
  world.run(other);
  world.play([&]() -> asio::awaitable<void> {
    world.web.send("note", "remember the milk");
    co_await until([&] { return handled == 2; });
    one.stop();
    other.stop();
  });
}

TEST_CASE("an object in a router is there once, and flushed by one app at a time") {
  app_world world;
  sluice::app one(world.redis, "one"), other(world.redis, "other");
  const auto book = std::make_shared<log_book>();
  router shared;
  shared.listen("log", book, sluice::listener_options().flush_every(1ms));
  one.include(shared, "a.");
  other.include(shared, "b.").include(shared, "c.");
  world.run(one);
  world.run(other);
  world.play([&]() -> asio::awaitable<void> {
    world.web.send("a.log", "first");
    world.web.send("b.log", "second");
    world.web.send("c.log", "third");
    co_await until([&] { return book->lines.size() == 3 && book->flushes >= 20; });
    one.stop();
    other.stop();
    co_await pause(50ms);
  });
  CHECK(book->most_at_once == 1);
}

TEST_CASE("the io_context may end while two apps want to flush the same object") {
  const auto book = std::make_shared<log_book>();
  {
    app_world world;
    sluice::app one(world.redis, "one"), other(world.redis, "other");
    router shared;
    shared.listen("log", book, sluice::listener_options().flush_every(1ms));
    one.include(shared);
    other.include(shared);
    world.run(one);
    world.run(other);
    world.play([&]() -> asio::awaitable<void> {
      co_await until([&] { return book->flushes > 0; });
      co_await until([&] { return book->at_once == 1; });
    });
  }
  CHECK(book.use_count() == 1);
}

TEST_CASE("a router takes no listener without a topic") {
  router made;
  CHECK(code_of([&] { made.listen("", [] {}); }) == sluice::errc::invalid_argument);
  CHECK(made.entries().empty());
}
