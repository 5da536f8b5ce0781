// Schedules and delayed messages where links are cut: each message is sent exactly once.

#include "support/catch.hpp"
#include "support/chimes.hpp"
#include "support/stream_world.hpp"

#include <sluice/testing/fault_proxy.hpp>

#include <boost/json.hpp>

#include <set>

namespace {

using namespace scene;
using sluice::send_options;
using sluice::testing::cut;
using sluice::testing::fault_proxy;

/// An app whose way to the server leads through a proxy, and is cut at another place each time.
struct cut_world : stream_world {
  cut_world() : proxy(server), far(connect(proxy.url())) {}

  asio::awaitable<void> break_often(int times) {
    for (int i = 0; i < times; ++i) {
      const auto how = i % 2 == 0 ? cut::reset : cut::close;
      if (i % 3 == 0) {
        proxy.requests().cut_after(1 + i % 7, how);
      } else {
        proxy.replies().lose(1 + i % 5, how);
      }
      co_await pause(23ms);
      proxy.heal();
      co_await until([this] { return far.connected(); });
    }
  }

  fault_proxy proxy;
  sluice::client far;
};

TEST_CASE("a schedule leaves out no time and sends none twice, wherever its link is cut") {
  cut_world world;
  tower only(world.far, every_chime(10ms));
  world.beside([&] { return only.app.run(); });
  world.play([&]() -> asio::awaitable<void> {
    co_await world.break_often(30);
    const auto count = sent(world).size();
    co_await until([&] { return sent(world).size() > count + 3; });
    only.app.stop();
  });
  CHECK(world.far.counters().resent > 0);
  CHECK(is_series(times_sent(world), 10));
}

TEST_CASE("delayed messages are sent once, wherever the link of their mover is cut") {
  cut_world world;
  constexpr int count = 400;
  std::set<std::int64_t> heard;
  sluice::app mail(world.far, "mail");
  mail.listen("letter", [&heard](sluice::request& what) { heard.insert(what.value().as_int64()); });
  world.beside([&] { return mail.run(); });
  world.play([&]() -> asio::awaitable<void> {
    sluice::app web(world.redis, "web");
    for (int i = 0; i < count; ++i) {
      web.send("letter", i, send_options().after(std::chrono::milliseconds(1 + 2 * i)));
    }
    co_await world.redis.ping();
    co_await world.break_often(25);
    co_await until([&] { return heard.size() == count; });
    mail.stop();
  });
  CHECK(world.server.command({"XLEN", "letter"}) == std::to_string(count));
  CHECK(world.server.command({"ZCARD", "sluice:delayed"}) == "0");
  CHECK(world.server.command({"HLEN", "sluice:delayed:messages"}) == "0");
}

}  // namespace
