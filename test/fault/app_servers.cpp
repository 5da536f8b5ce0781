// Conversations whose server is killed, or that of their answers.
#include "support/stream_world.hpp"

#include <sluice/app/app.hpp>

#include <boost/json/value.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace {

using namespace scene;
namespace json = boost::json;

// What became of calls.
struct tally {
  int right = 0;
  int unknown = 0;  // it may have been stored or not
  int lost = 0;     // with the server's data
  int other = 0;
};

// Calls that nobody gives up: one that hangs would keep the scene from ending.
asio::awaitable<void> ask(sluice::app& from, std::int64_t number, tally& became) {
  auto lane = from.send("double", number);
  auto reading = lane.next();
  const auto came = co_await sluice::as_result(std::move(reading));
  if (came && *came && **came == json::value(2 * number)) {
    ++became.right;
  } else if (!came && came.error().code() == sluice::errc::outcome_unknown) {
    ++became.unknown;
  } else if (!came && came.error().code() == sluice::error::feedback_lost) {
    ++became.lost;
  } else {
    ++became.other;
  }
}

struct doubling {
  doubling(stream_world& world, sluice::app made) : app(std::move(made)) {
    app.listen(
        "double",
        [this](sluice::request& what) {
          ++handled;
          return what.value().as_int64() * 2;
        },
        sluice::listener_options().concurrency(8));
    world.beside([this]() -> asio::awaitable<void> {
      co_await app.run();
      ended = true;
    });
  }

  sluice::app app;
  int handled = 0;
  bool ended = false;
};

// Asks without a pause, from many places, until it is over.
struct askers {
  askers(stream_world& world, sluice::app& from) {
    for (int i = 0; i < 20; ++i) {
      ++active;
      world.beside([this, &from, i]() -> asio::awaitable<void> {
        for (std::int64_t n = 0; !over; ++n) co_await ask(from, 1'000 * n + i, became);
        --active;
      });
    }
  }

  tally became;
  bool over = false;
  int active = 0;
};

asio::awaitable<void> kill_often(stream_world& world, const tally& became) {
  for (int round = 0; round < 5; ++round) {
    const auto so_far = became.right;
    co_await until([&] { return became.right >= so_far + 100; });
    world.server.kill();
    co_await pause(20ms);
    world.server.start();
  }
}

}  // namespace

TEST_CASE("calls are answered, or end with an error, when their server is killed and comes again") {
  const bool keeps_data = GENERATE(true, false);
  // Flushed now and then, the file may lack what was confirmed last.
  const auto kept = server_options().append_only(sluice::testing::fsync::always);
  stream_world world(keeps_data ? kept : server_options());
  doubling service(world, {world.redis, "twice"});
  auto elsewhere = world.connect(world.server.url());
  world.play([&]() -> asio::awaitable<void> {
    sluice::app web(elsewhere, "web");
    askers all(world, web);
    co_await kill_often(world, all.became);
    const auto so_far = all.became.right;
    co_await until([&] { return all.became.right >= so_far + 100; });
    all.over = true;
    co_await until([&] { return all.active == 0; });
    CHECK(all.became.other == 0);
    if (keeps_data) CHECK(all.became.lost == 0);
    co_await until([&] { return world.pending("double", "twice") == 0; });
    service.app.stop();
    co_await until([&] { return service.ended; });
  });
}

namespace {

// Messages by one server, answers by another.
struct two_servers : stream_world {
  sluice::app make(const std::string& name) {
    const auto text = "main=streams+" + server.url() + "&feedback=streams+" + answers.url();
    auto how = sluice::app_options().connections(
        [](sluice::connection_options& each) { each.backoff(5ms, 50ms).timeout(300ms); });
    return {io.get_executor(), text, name, how};
  }

  private_server answers;
};

}  // namespace

TEST_CASE("messages are handled while the server of answers is away, and calls end in a timeout") {
  two_servers world;
  doubling service(world, world.make("twice"));
  world.play([&]() -> asio::awaitable<void> {
    auto web = world.make("web");
    tally became;
    co_await ask(web, 1, became);
    REQUIRE(became.right == 1);
    world.answers.kill();
    auto lane = web.send("double", 21);
    auto reading = lane.read(200ms);
    const auto why = co_await failure_of(std::move(reading));
    CHECK(why.code() == sluice::error::feedback_timeout);
    co_await until([&] { return service.handled == 2; });
    for (int n = 0; n < 10; ++n) {
      web.send("double", n, sluice::send_options().one_way());
    }
    co_await until([&] { return service.handled == 12; });
    co_await until([&] { return world.pending("double", "twice") == 0; });
    service.app.stop();
    co_await until([&] { return service.ended; });
  });
}

TEST_CASE("calls are answered again when the server of answers has come back empty") {
  two_servers world;
  doubling service(world, world.make("twice"));
  world.play([&]() -> asio::awaitable<void> {
    auto web = world.make("web");
    tally became;
    co_await ask(web, 1, became);
    world.answers.kill();
    auto waiting = web.send("double", 21);
    co_await waiting.sent();
    co_await until([&] { return service.handled == 2; });
    world.answers.start();
    auto reading = waiting.next();
    const auto why = co_await failure_of(std::move(reading));
    CHECK(why.code() == sluice::error::feedback_lost);
    for (int n = 0; became.right < 20; ++n) co_await ask(web, n, became);
    CHECK(became.other == 0);
    service.app.stop();
  });
}

TEST_CASE("an app that begins while the server of answers is away calls when it has come") {
  two_servers world;
  world.answers.kill();
  doubling service(world, world.make("twice"));
  world.play([&]() -> asio::awaitable<void> {
    auto web = world.make("web");
    auto early = web.send("double", 21);
    auto reading = early.next();
    const auto why = co_await failure_of(std::move(reading));
    CHECK(why.code() == sluice::errc::timeout);
    world.answers.start();
    tally became;
    for (int n = 0; became.right == 0; ++n) {
      auto lane = web.send("double", n);
      auto next = lane.read(100ms);
      const auto came = co_await sluice::as_result(std::move(next));
      if (came && *came) ++became.right;
    }
    service.app.stop();
  });
}

TEST_CASE(
    "a stream of answers that could not be made is tried again at once, and ever more rarely") {
  stream_world world;
  doubling service(world, {world.redis, "twice"});
  world.server.command(
      {"ACL", "SETUSER", "default", "resetkeys", "~double*", "~*sluice:services*"});
  world.play([&]() -> asio::awaitable<void> {
    sluice::app web(world.redis, "web");
    auto lane = web.send("double", 21);
    auto reading = lane.next();
    const auto why = co_await failure_of(std::move(reading));
    CHECK(why.code() == sluice::errc::not_permitted);
    world.server.command({"ACL", "SETUSER", "default", "allkeys"});
    tally became;
    for (int n = 0; became.right == 0; ++n) {
      auto again = web.send("double", n);
      auto next = again.read(50ms);
      const auto came = co_await sluice::as_result(std::move(next));
      if (came && *came) ++became.right;
    }
    service.app.stop();
  });
}
