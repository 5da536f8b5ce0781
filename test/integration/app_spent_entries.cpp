// Messages leave their topic's stream when all apps are done with them, and not before.
#include "support/stream_world.hpp"

#include <sluice/app/app.hpp>

#include <string>

namespace {

using namespace scene;

constexpr int many = 3'000;

struct counting {
  counting(stream_world& world, const std::string& name,
           sluice::listener_options how = sluice::listener_options())
      : app(world.redis, name) {
    app.listen(
        "work", [this](sluice::request& what) { return work(what.value().as_int64()); },
        how.concurrency(8));
    world.beside([this] { return app.run(); });
  }
  asio::awaitable<void> work(std::int64_t number) {
    while (number == held) co_await pause(2ms);
    ++handled;
  }

  sluice::app app;
  int handled = 0;
  std::int64_t held = -1;  // a number that is worked on until this is another
};

void send_many(sluice::app& from) {
  for (int i = 0; i < many; ++i) from.send("work", i);
}

int length(stream_world& world) { return std::stoi(world.server.command({"XLEN", "work"})); }

TEST_CASE("messages that all apps are done with do not stay in their stream") {
  stream_world world;
  sluice::app web(world.redis, "web");
  counting only(world, "only");
  world.play([&]() -> asio::awaitable<void> {
    send_many(web);
    co_await until([&] { return only.handled == many; });
    co_await until([&] { return length(world) < 1'200; });
    only.app.stop();
  });
}

TEST_CASE("messages stay until the last app has handled them") {
  stream_world world;
  world.server.command({"XGROUP", "CREATE", "work", "late", "0", "MKSTREAM"});
  sluice::app web(world.redis, "web");
  counting early(world, "early");
  world.play([&]() -> asio::awaitable<void> {
    send_many(web);
    co_await until([&] { return early.handled == many && world.calls("xtrim") == 3; });
    CHECK(length(world) == many);
    counting late(world, "late");
    co_await until([&] { return late.handled == many; });
    co_await until([&] { return length(world) < 1'200; });
    early.app.stop();
    late.app.stop();
  });
}

TEST_CASE("a message stays while it is worked on, and those behind it") {
  stream_world world;
  sluice::app web(world.redis, "web");
  counting only(world, "only");
  only.held = 700;
  world.play([&]() -> asio::awaitable<void> {
    send_many(web);
    co_await until([&] { return only.handled == many - 1 && world.calls("xtrim") == 3; });
    CHECK(length(world) >= many - 700);
    CHECK(length(world) < many);
    CHECK(world.pending("work", "only") == 1);
    only.held = -1;
    co_await until([&] { return only.handled == many; });
    only.app.stop();
  });
}

TEST_CASE("messages stay where a listener wants to keep them") {
  stream_world world;
  sluice::app web(world.redis, "web");
  counting only(world, "only", sluice::listener_options().keep_handled(true));
  world.play([&]() -> asio::awaitable<void> {
    send_many(web);
    co_await until([&] { return only.handled == many; });
    only.app.stop();
  });
  CHECK(length(world) == many);
  CHECK(world.calls("xtrim") == 0);
}

TEST_CASE("an app works on where it may not take messages out, which is an event") {
  stream_world world;
  world.server.command({"ACL", "SETUSER", "default", "-xtrim"});
  sluice::app web(world.redis, "web");
  counting only(world, "only");
  world.play([&]() -> asio::awaitable<void> {
    send_many(web);
    co_await until([&] { return only.handled == many; });
    co_await until([&] { return world.events.count<sluice::events::upkeep_failed>() == 1; });
    only.app.stop();
  });
}

}  // namespace
