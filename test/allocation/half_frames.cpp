// Memory fails at every allocation in turn: a command is written whole or not at all, and no reply
// reaches a foreign request.

#include "allocation/allowance.hpp"
#include "support/engine_stage.hpp"
#include "support/scene.hpp"

#include "resp/writer.hpp"

#include <sluice/core/result.hpp>
#include <sluice/redis/client.hpp>
#include <sluice/testing/private_server.hpp>

#include <memory>
#include <optional>

namespace {

using namespace stage;
using scene::allocation_failed;
using scene::fail_allocation;
using scene::for_each_allocation;
using sluice::risk;

// Several blocks of the log of what was sent.
std::string long_frame() { return "<" + std::string(100'000, 'b') + ">"; }

TEST_CASE("a request is queued whole or not at all") {
  const auto frame = long_frame();
  const int failures = for_each_allocation([&](std::size_t n) {
    play scene;
    scene.connect();
    witness before, torn, after;
    scene.ask("A", before);
    bool thrown = false;
    fail_allocation(n);
    try {
      scene.ask(frame, torn);
    } catch (const std::bad_alloc&) {
      thrown = true;
    }
    const bool failed = allocation_failed();
    CHECK(thrown == failed);
    scene.ask("C", after);
    CHECK((scene.say() == (thrown ? "AC" : "A" + frame + "C")));
    scene.hear(thrown ? "+a\r\n+c\r\n" : "+a\r\n+b\r\n+c\r\n");
    CHECK(before.reply() == "a");
    CHECK(after.reply() == "c");
    CHECK(torn.untouched() == thrown);
    CHECK(scene.machine.in_flight() == 0);
    CHECK(scene.machine.in_flight_bytes() == 0);
    return failed;
  });
  CHECK(failures > 0);
}

TEST_CASE("what a request that was given up leaves behind is written whole") {
  const auto frame = long_frame();
  const int failures = for_each_allocation([&](std::size_t n) {
    play scene;
    scene.connect();
    witness first, unwanted, last;
    scene.ask(frame, first);
    const auto which = scene.ask("B", unwanted);
    scene.ask("C", last);
    auto said = scene.say(50'000);
    scene.machine.abandon(which);
    fail_allocation(n);
    try {
      // Nothing of it is written when this throws.
      std::array<std::string_view, 4> pieces;
      scene.machine.gather(pieces);
    } catch (const std::bad_alloc&) {
    }
    const bool failed = allocation_failed();
    said += scene.say();
    CHECK((said == frame + "C"));
    scene.hear("+a\r\n+c\r\n");
    CHECK(first.reply() == "a");
    CHECK(last.reply() == "c");
    return failed;
  });
  CHECK(failures > 0);
}

TEST_CASE("a link that breaks in the middle of a frame is not continued in the middle of it") {
  const auto frame = long_frame();
  const int failures = for_each_allocation([&](std::size_t n) {
    play scene;
    scene.connect();
    witness lost, repeated, unsent;
    scene.ask("A", lost);
    scene.ask(frame, repeated, risk::repeatable);
    scene.ask("C", unsent);
    scene.say(50'000);
    // Made before, as its text takes memory as well.
    const sluice::error why(sluice::errc::connection_lost, "cut by the test, whatever it takes");
    fail_allocation(n);
    try {
      scene.machine.link_down(why, scene.now);
    } catch (const std::bad_alloc&) {
    }
    const bool failed = allocation_failed();
    // Where the end was not taken in, the next sign of it is.
    if (scene.machine.ready()) scene.machine.link_down(why, scene.now);
    scene.machine.take_wish();
    scene.connect();
    CHECK((scene.say() == frame + "C"));
    scene.hear("+b\r\n+c\r\n");
    CHECK(repeated.reply() == "b");
    CHECK(unsent.reply() == "c");
    return failed;
  });
  CHECK(failures > 0);
}

TEST_CASE("a command is encoded whole or not at all") {
  const std::vector<std::string_view> words{"SET", "key", "a value that no short string can hold"};
  const int failures = for_each_allocation([&](std::size_t n) {
    std::string out = "before";
    fail_allocation(n);
    try {
      sluice::resp::append(out, words);
    } catch (const std::bad_alloc&) {
    }
    const bool failed = allocation_failed();
    CHECK((out == "before") == failed);
    return failed;
  });
  CHECK(failures > 0);
}

// Asks for an echo, with an allocation failing on the way or not, and requires that no other reply
// comes. Returns whether it came.
bool echo(boost::asio::io_context& io, sluice::client& redis, std::optional<std::size_t> fails) {
  static int asked = 0;
  const auto nonce = std::to_string(++asked);
  // Where the failure takes the answer along, the coroutine is left behind.
  const auto answered = std::make_shared<bool>(false), over = std::make_shared<bool>(false);
  scene::beside(io, [&redis, nonce, answered, over, fails]() -> boost::asio::awaitable<void> {
    try {
      if (fails) fail_allocation(*fails);
      const sluice::reply got = co_await redis.exec("ECHO", nonce);
      CHECK(got.as<std::string>() == nonce);
      *answered = true;
    } catch (const std::bad_alloc&) {
    }
    *over = true;
  });
  const auto end = std::chrono::steady_clock::now() + (fails ? 100ms : 5s);
  while (!*over && std::chrono::steady_clock::now() < end) {
    try {
      io.restart();
      io.run_one_for(20ms);
    } catch (const std::bad_alloc&) {
    }
  }
  return *answered;
}

TEST_CASE("a client whose memory fails gives the next replies to their requests") {
  sluice::testing::private_server server;
  boost::asio::io_context io;
  sluice::client redis(io.get_executor(), server.url());
  REQUIRE(echo(io, redis, std::nullopt));
  const int failures = for_each_allocation([&](std::size_t n) {
    echo(io, redis, n);
    const bool failed = allocation_failed();
    CHECK(echo(io, redis, std::nullopt));
    return failed;
  });
  CHECK(failures > 0);
}

}  // namespace
