// The client against a real server: what every program does.

#include "support/catch.hpp"
#include "support/scene.hpp"

#include <sluice/redis/client.hpp>
#include <sluice/testing/private_server.hpp>

#include <optional>
#include <string>
#include <vector>

namespace {

using namespace scene;
using sluice::client;
using sluice::errc;
using sluice::reply;
using sluice::testing::private_server;
using sluice::testing::server_options;

TEST_CASE("a value that is set is got back") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), server.url());
  play(io, [&]() -> asio::awaitable<void> {
    const reply set = co_await redis.exec("SET", "greeting", "hello");
    CHECK(set.as<std::string>() == "OK");
    const reply got = co_await redis.exec("GET", "greeting");
    CHECK(got.as<std::string_view>() == "hello");
    const reply none = co_await redis.exec("GET", "nothing");
    CHECK(none.is_null());
  });
}

TEST_CASE("commands of many coroutines leave in few writes and each gets its own reply") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), server.url());
  int done = 0;
  for (int i = 0; i < 128; ++i) {
    beside(io, [&redis, &done, i]() -> asio::awaitable<void> {
      for (int round = 0; round < 20; ++round) {
        const auto word = std::to_string(i) + '/' + std::to_string(round);
        const reply echo = co_await redis.exec("ECHO", word);
        CHECK(echo.as<std::string>() == word);
      }
      ++done;
    });
  }
  play(io, [&]() -> asio::awaitable<void> {
    while (done < 128) co_await pause(1ms);
  });
  const auto counted = redis.counters();
  CHECK(counted.replies == 128 * 20);
  CHECK(counted.writes < 128 * 20 / 8);
  CHECK(counted.in_flight == 0);
}

}  // namespace
