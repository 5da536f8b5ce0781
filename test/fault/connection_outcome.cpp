// What is told about a command whose link broke, at every place where it can break.

#include "support/catch.hpp"
#include "support/scene.hpp"

#include <sluice/core/random.hpp>
#include <sluice/core/result.hpp>
#include <sluice/redis/client.hpp>
#include <sluice/testing/fault_proxy.hpp>
#include <sluice/testing/private_server.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace {

using namespace scene;
using sluice::as_result;
using sluice::client;
using sluice::command;
using sluice::connection_options;
using sluice::errc;
using sluice::reply;
using sluice::result;
using sluice::testing::cut;
using sluice::testing::fault_proxy;
using sluice::testing::private_server;

connection_options quick_to_return(const std::string& url) {
  connection_options options(url);
  options.backoff(1ms, 10ms);
  return options;
}

TEST_CASE("a command whose reply is lost was executed once and is reported as unknown") {
  private_server server;
  fault_proxy proxy(server);
  asio::io_context io;
  client redis(io.get_executor(), quick_to_return(proxy.url()));
  play(io, [&]() -> asio::awaitable<void> {
    co_await redis.connect();
    const auto how = GENERATE(cut::close, cut::reset);
    proxy.replies().lose(1, how);
    const result<reply> lost = co_await as_result(redis.exec("INCR", "count"));
    CHECK(lost.error().code() == errc::outcome_unknown);
    CHECK(lost.error().code() != sluice::condition::retryable);
    CHECK(lost.error().why().command() == "INCR");
    const reply next = co_await redis.exec("GET", "count");
    CHECK(next.as<std::int64_t>() == 1);
  });
}

TEST_CASE("a repeatable command whose reply is lost is sent again") {
  private_server server;
  fault_proxy proxy(server);
  asio::io_context io;
  client redis(io.get_executor(), quick_to_return(proxy.url()));
  play(io, [&]() -> asio::awaitable<void> {
    co_await redis.connect();
    proxy.lose_reply();
    const reply set = co_await redis.exec(command("SET").arg("key").arg("value").repeatable(true));
    CHECK(set.as<std::string>() == "OK");
  });
  CHECK(redis.counters().resent == 1);
  CHECK(proxy.connections() == 2);
}

TEST_CASE("a command that did not reach the server is not executed later") {
  private_server server;
  fault_proxy proxy(server);
  asio::io_context io;
  client redis(io.get_executor(), quick_to_return(proxy.url()));
  play(io, [&]() -> asio::awaitable<void> {
    co_await redis.connect();
    proxy.requests().truncate(0, cut::reset);
    const result<reply> lost = co_await as_result(redis.exec("INCR", "count"));
    CHECK(lost.error().code() == errc::outcome_unknown);
    const reply exists = co_await redis.exec("EXISTS", "count");
    CHECK(exists.as<std::int64_t>() == 0);
  });
}

TEST_CASE("a reply that is cut at any byte is never handed out in part") {
  private_server server;
  fault_proxy proxy(server);
  asio::io_context io;
  client redis(io.get_executor(), quick_to_return(proxy.url()));
  play(io, [&]() -> asio::awaitable<void> {
    co_await redis.exec("SET", "key", "0123456789");
    // $10 CRLF 0123456789 CRLF is 17 bytes.
    for (std::uint64_t bytes = 0; bytes < 17; ++bytes) {
      co_await redis.connect();
      proxy.replies().truncate(bytes, bytes % 2 == 0 ? cut::reset : cut::close);
      const result<reply> torn = co_await as_result(redis.exec("GET", "key"));
      CHECK(torn.error().code() == errc::outcome_unknown);
    }
    const reply whole = co_await redis.exec("GET", "key");
    CHECK(whole.as<std::string>() == "0123456789");
  });
}

TEST_CASE("of a pipeline that is cut, what was executed is a prefix, and each fate is right") {
  private_server server;
  fault_proxy proxy(server);
  asio::io_context io;
  client redis(io.get_executor(), quick_to_return(proxy.url()));
  play(io, [&]() -> asio::awaitable<void> {
    for (std::uint64_t after = 1; after <= 40; after += 3) {
      co_await redis.connect();
      co_await redis.exec("DEL", "list");
      proxy.replies().cut_after(after, cut::close);
      std::vector<int> confirmed, unknown;
      int done = 0;
      for (int i = 0; i < 40; ++i) {
        beside(io, [&, i]() -> asio::awaitable<void> {
          const result<reply> pushed = co_await as_result(redis.exec("RPUSH", "list", i));
          (pushed ? confirmed : unknown).push_back(i);
          if (!pushed) CHECK(pushed.error().code() == errc::outcome_unknown);
          ++done;
        });
      }
      while (done < 40) co_await pause(1ms);
      // Cut behind the last reply, the link may be found broken only by this one.
      const reply stored =
          co_await redis.exec(command("LRANGE").arg("list").arg(0).arg(-1).repeatable(true));
      const auto list = stored.as<std::vector<std::int64_t>>();
      CHECK(list.size() >= confirmed.size());
      CHECK(list.size() <= confirmed.size() + unknown.size());
      for (std::size_t i = 0; i < list.size(); ++i) CHECK(list[i] == static_cast<int>(i));
      for (std::size_t i = 0; i < confirmed.size(); ++i) {
        CHECK(confirmed[i] == static_cast<int>(i));
      }
    }
  });
}

TEST_CASE("under random kills every confirmed command was executed and none twice") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), quick_to_return(server.url()));
  std::int64_t confirmed = 0;
  std::int64_t unknown = 0;
  int done = 0;
  bool stop = false;
  for (int i = 0; i < 16; ++i) {
    beside(io, [&]() -> asio::awaitable<void> {
      while (!stop) {
        const result<reply> counted = co_await as_result(redis.exec("INCR", "count"));
        if (counted) {
          ++confirmed;
        } else {
          CHECK(counted.error().code() == errc::outcome_unknown);
          ++unknown;
        }
      }
      ++done;
    });
  }
  play(io, [&]() -> asio::awaitable<void> {
    for (int kill = 0; kill < 30; ++kill) {
      co_await pause(20ms);
      server.command({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    }
    stop = true;
    while (done < 16) co_await pause(1ms);
    const reply total = co_await redis.exec("GET", "count");
    CHECK(total.as<std::int64_t>() >= confirmed);
    CHECK(total.as<std::int64_t>() <= confirmed + unknown);
  });
  CHECK(confirmed > 0);
  CHECK(redis.counters().links_lost >= 10);
}

TEST_CASE("whatever is cancelled while replies are held, the next replies go to their requests") {
  private_server server;
  fault_proxy proxy(server);
  asio::io_context io;
  client redis(io.get_executor(), quick_to_return(proxy.url()));
  play(io, [&]() -> asio::awaitable<void> {
    co_await redis.connect();
    for (int victim = 0; victim < 12; ++victim) {
      proxy.replies().hold();
      std::vector<asio::cancellation_signal> stops(12);
      int done = 0;
      for (int i = 0; i < 12; ++i) {
        asio::co_spawn(
            io,
            [&, i]() -> asio::awaitable<void> {
              const auto nonce = std::to_string(victim) + '-' + std::to_string(i);
              const result<reply> echo = co_await as_result(redis.exec("ECHO", nonce));
              if (echo) CHECK(echo->as<std::string>() == nonce);
              CHECK((echo.has_value() || i == victim || i == 11 - victim));
              ++done;
            },
            asio::bind_cancellation_slot(stops[static_cast<std::size_t>(i)].slot(),
                                         sluice::rethrow));
      }
      // Before they are sent, after, or in the middle of the replies.
      if (victim % 3 != 0) co_await pause(2ms);
      if (victim % 3 == 2) proxy.replies().release();
      stops[static_cast<std::size_t>(victim)].emit(asio::cancellation_type::terminal);
      stops[static_cast<std::size_t>(11 - victim)].emit(asio::cancellation_type::terminal);
      proxy.replies().release();
      while (done < 12) co_await pause(1ms);
      const reply after = co_await redis.exec("ECHO", "after");
      CHECK(after.as<std::string>() == "after");
    }
  });
  CHECK(redis.counters().connects == 1);
}

TEST_CASE("a deadline passes in the queue, on the wire and inside a reply, and nothing slips") {
  private_server server;
  fault_proxy proxy(server);
  asio::io_context io;
  client redis(io.get_executor(), quick_to_return(proxy.url()));
  play(io, [&]() -> asio::awaitable<void> {
    co_await redis.exec("SET", "large", std::string(100'000, 'x'));
    const auto get = [&] { return redis.exec(command("GET").arg("large").timeout(40ms)); };
    SECTION("on the wire") { proxy.requests().hold(); }
    SECTION("in the server's answer") { proxy.replies().hold(); }
    SECTION("inside the reply") { proxy.replies().throttle(200'000); }
    const result<reply> late = co_await as_result(get());
    CHECK(late.error().code() == errc::timeout);
    proxy.heal();
    const reply echo = co_await redis.exec("ECHO", "in step");
    CHECK(echo.as<std::string>() == "in step");
  });
  CHECK(redis.counters().connects == 1);
}

}  // namespace
