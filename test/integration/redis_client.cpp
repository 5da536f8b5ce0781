// The client against a real server: what every program does.

#include "support/catch.hpp"
#include "support/scene.hpp"

#include <sluice/core/result.hpp>
#include <sluice/redis/client.hpp>
#include <sluice/testing/private_server.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/strand.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace scene;
using sluice::as_result;
using sluice::client;
using sluice::command;
using sluice::condition;
using sluice::connection_options;
using sluice::errc;
using sluice::reply;
using sluice::result;
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

TEST_CASE("large values pass both ways") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), server.url());
  play(io, [&]() -> asio::awaitable<void> {
    for (const std::size_t size : {0UL, 1UL, 65'535UL, 65'536UL, 1'000'000UL, 10'000'000UL}) {
      const std::string value(size, 'v');
      co_await redis.exec("SET", "large", value);
      const reply got = co_await redis.exec("GET", "large");
      CHECK(got.as<std::string_view>() == value);
    }
  });
}

TEST_CASE("a server's error is thrown as what it is, and the others go on") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), server.url());
  play(io, [&]() -> asio::awaitable<void> {
    co_await redis.exec("SET", "text", "x");
    const result<reply> wrong = co_await as_result(redis.exec("XADD", "text", "*", "a", "b"));
    CHECK(wrong.error().code() == errc::wrong_type);
    CHECK(wrong.error().why().command() == "XADD");
    CHECK(wrong.error().why().server_text().starts_with("WRONGTYPE"));
    const result<reply> unknown = co_await as_result(redis.exec("NOSUCHCOMMAND"));
    CHECK(unknown.error().code() == errc::unknown_command);
    const reply got = co_await redis.exec("GET", "text");
    CHECK(got.as<std::string>() == "x");
  });
}

TEST_CASE("a harmful command is refused when it is called, not when it is awaited") {
  asio::io_context io;
  client redis(io.get_executor(), "redis://localhost:1");
  CHECK(code_of([&] { static_cast<void>(redis.exec("BLPOP", "k", 0)); }) == errc::command_refused);
  CHECK(redis.counters().commands == 0);
}

TEST_CASE("the server tells what it can do") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), server.url());
  CHECK(redis.server().server().empty());
  CHECK_FALSE(redis.connected());
  play(io, [&]() -> asio::awaitable<void> {
    co_await redis.connect();
    CHECK(redis.connected());
    CHECK_FALSE(redis.server().server().empty());
    CHECK(redis.server().version() >= sluice::server_version{6, 2, 0});
    CHECK(redis.server().mode() == "standalone");
    CHECK(redis.server().client_id() > 0);
    CHECK(redis.server().doorbell() == sluice::doorbell_state::proven);
    co_await redis.connect();
    const auto trip = co_await redis.ping();
    CHECK(trip.count() >= 0);
  });
}

TEST_CASE("name and database are those of the options") {
  private_server server;
  asio::io_context io;
  connection_options options(server.url());
  options.name("billing-1").database(5);
  client redis(io.get_executor(), options);
  play(io, [&]() -> asio::awaitable<void> {
    const reply info = co_await redis.exec("CLIENT", "INFO");
    const auto text = info.as<std::string>();
    CHECK(text.find(" name=billing-1 ") != std::string::npos);
    CHECK(text.find(" db=5 ") != std::string::npos);
  });
}

/// Runs a command that a signal cancels.
void cancellable(asio::io_context& io, asio::cancellation_signal& stop,
                 std::function<asio::awaitable<void>()> act) {
  asio::co_spawn(io, std::move(act),
                 asio::bind_cancellation_slot(stop.slot(), [](std::exception_ptr thrown) {
                   if (thrown) std::rethrow_exception(thrown);
                 }));
}

TEST_CASE("a cancelled command gives its reply to nobody, and the next gets its own") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), server.url());
  play(io, [&]() -> asio::awaitable<void> {
    co_await redis.connect();
    server.freeze();
    asio::cancellation_signal stop;
    std::optional<result<reply>> lost;
    cancellable(io, stop, [&]() -> asio::awaitable<void> {
      lost.emplace(co_await as_result(redis.exec("ECHO", "lost")));
    });
    co_await pause(10ms);
    stop.emit(asio::cancellation_type::terminal);
    co_await pause(1ms);
    REQUIRE(lost);
    CHECK(lost->error().code() == errc::cancelled);
    CHECK(lost->error().code() == condition::cancelled);
    server.thaw();
    const reply next = co_await redis.exec("ECHO", "next");
    CHECK(next.as<std::string>() == "next");
  });
  CHECK(redis.counters().cancelled == 1);
}

TEST_CASE("a command cancelled before there is a link is never sent") {
  private_server server;
  server.stop();
  asio::io_context io;
  connection_options options(server.url());
  options.backoff(1ms, 10ms);
  client redis(io.get_executor(), options);
  play(io, [&]() -> asio::awaitable<void> {
    asio::cancellation_signal stop;
    cancellable(io, stop, [&]() -> asio::awaitable<void> {
      co_await as_result(redis.exec("SET", "sent", "yes"));
    });
    co_await pause(10ms);
    stop.emit(asio::cancellation_type::terminal);
    server.start();
    const reply sent = co_await redis.exec("EXISTS", "sent");
    CHECK(sent.as<std::int64_t>() == 0);
  });
}

TEST_CASE("a command ends by its deadline, and its late reply harms nobody") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), server.url());
  play(io, [&]() -> asio::awaitable<void> {
    co_await redis.connect();
    server.freeze();
    const auto start = std::chrono::steady_clock::now();
    const result<reply> late =
        co_await as_result(redis.exec(command("ECHO").arg("late").timeout(50ms)));
    const auto took = std::chrono::steady_clock::now() - start;
    CHECK(late.error().code() == errc::timeout);
    CHECK(late.error().code() == condition::timeout);
    CHECK(late.error().why().command() == "ECHO");
    CHECK(took >= 25ms);
    CHECK(took < 2s);
    server.thaw();
    const reply next = co_await redis.exec("ECHO", "next");
    CHECK(next.as<std::string>() == "next");
  });
}

TEST_CASE("commands beyond the bounds wait in line and in order") {
  private_server server;
  asio::io_context io;
  connection_options options(server.url());
  options.in_flight(4, 1'000'000);
  client redis(io.get_executor(), options);
  std::vector<int> order;
  std::uint64_t most = 0;
  for (int i = 0; i < 100; ++i) {
    beside(io, [&redis, &order, &most, i]() -> asio::awaitable<void> {
      most = std::max(most, redis.counters().in_flight);
      const reply pushed = co_await redis.exec("RPUSH", "order", i);
      most = std::max(most, redis.counters().in_flight);
      CHECK(pushed.as<std::int64_t>() == i + 1);
      order.push_back(i);
    });
  }
  play(io, [&]() -> asio::awaitable<void> {
    while (order.size() < 100) co_await pause(1ms);
  });
  CHECK(std::ranges::is_sorted(order));
  CHECK(most <= 4);
}

TEST_CASE("a command that waits in line ends by its deadline and was not sent") {
  private_server server;
  asio::io_context io;
  connection_options options(server.url());
  options.in_flight(1, 1'000);
  client redis(io.get_executor(), options);
  play(io, [&]() -> asio::awaitable<void> {
    co_await redis.connect();
    server.freeze();
    bool first_done = false;
    beside(io, [&]() -> asio::awaitable<void> {
      co_await redis.exec("INCR", "first");
      first_done = true;
    });
    co_await pause(5ms);
    const result<reply> second =
        co_await as_result(redis.exec(command("INCR").arg("second").timeout(30ms)));
    CHECK(second.error().code() == errc::timeout);
    CHECK(second.error().why().message().find("not sent") != std::string::npos);
    server.thaw();
    while (!first_done) co_await pause(1ms);
    const reply count = co_await redis.exec("EXISTS", "first", "second");
    CHECK(count.as<std::int64_t>() == 1);
  });
}

TEST_CASE("close sends what was asked for, ends the connection and lets the program end") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), server.url());
  int answered = 0;
  play(io, [&]() -> asio::awaitable<void> {
    for (int i = 0; i < 10; ++i) {
      beside(io, [&]() -> asio::awaitable<void> {
        co_await redis.exec("INCR", "count");
        ++answered;
      });
    }
    co_await pause(0ms);
    co_await redis.close();
    CHECK(answered == 10);
    const result<reply> late = co_await as_result(redis.exec("PING"));
    CHECK(late.error().code() == errc::closed);
    const result<void> again = co_await as_result(redis.connect());
    CHECK(again.error().code() == errc::closed);
    co_await redis.close();
  });
  CHECK(server.command({"GET", "count"}) == "10");
  play_out(io);
}

TEST_CASE("stop fails what is under way") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), server.url());
  play(io, [&]() -> asio::awaitable<void> {
    co_await redis.connect();
    server.freeze();
    std::optional<result<reply>> cut;
    beside(io,
           [&]() -> asio::awaitable<void> { cut.emplace(co_await as_result(redis.exec("PING"))); });
    co_await pause(5ms);
    redis.stop();
    co_await pause(5ms);
    REQUIRE(cut);
    CHECK(cut->error().code() == errc::closed);
    server.thaw();
  });
  play_out(io);
}

TEST_CASE("the program ends when the last handle is gone") {
  private_server server;
  asio::io_context io;
  {
    client redis(io.get_executor(), server.url());
    const client copy = redis;
    beside(io, [redis]() mutable -> asio::awaitable<void> { co_await redis.exec("PING"); });
  }
  play_out(io);
}

TEST_CASE("an operation in progress keeps the connection alive") {
  private_server server;
  asio::io_context io;
  std::string got;
  {
    client redis(io.get_executor(), server.url());
    asio::co_spawn(io, redis.exec("ECHO", "still here"),
                   [&](std::exception_ptr, const reply& echo) { got = echo.as<std::string>(); });
  }
  play_out(io);
  CHECK(got == "still here");
}

TEST_CASE("everything may be destroyed in any order, with commands under way") {
  private_server server;
  const int frozen = GENERATE(0, 1);
  auto io = std::make_unique<asio::io_context>();
  auto redis = std::make_unique<client>(io->get_executor(), server.url());
  play(*io, [&]() -> asio::awaitable<void> { co_await redis->connect(); });
  if (frozen == 1) server.freeze();
  for (int i = 0; i < 20; ++i) {
    beside(*io, [copy = *redis]() mutable -> asio::awaitable<void> {
      for (;;) co_await copy.exec("ECHO", "x");
    });
  }
  beside(*io, [&redis]() -> asio::awaitable<void> { co_await redis->exec("ECHO", "y"); });
  io->restart();
  io->run_for(5ms);
  SECTION("the context first") {
    io.reset();
    redis.reset();
  }
  SECTION("the client first") {
    redis.reset();
    io.reset();
  }
  if (frozen == 1) server.thaw();
}

TEST_CASE("an exception that leaves a coroutine comes out of run and stops nobody else") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), server.url());
  int done = 0;
  for (int i = 0; i < 10; ++i) {
    beside(io, [&redis, &done, i]() -> asio::awaitable<void> {
      co_await redis.exec("PING");
      if (i == 4) throw std::runtime_error("mine");
      co_await redis.exec("PING");
      ++done;
    });
  }
  CHECK_THROWS_WITH(io.run_for(10s), "mine");
  play(io, [&]() -> asio::awaitable<void> {
    while (done < 9) co_await pause(1ms);
  });
}

TEST_CASE("a client lives on a strand of a context with many threads") {
  private_server server;
  asio::io_context io;
  const auto strand = asio::make_strand(io);
  client redis(strand, server.url());
  int done = 0;
  for (int i = 0; i < 50; ++i) {
    asio::co_spawn(
        strand,
        [&redis, &done, i]() -> asio::awaitable<void> {
          for (int round = 0; round < 20; ++round) {
            const auto word = std::to_string(i * 100 + round);
            const reply echo = co_await redis.exec("ECHO", word);
            if (echo.as<std::string>() != word) throw std::logic_error("a foreign reply");
          }
          ++done;
          if (done == 50) redis.stop();
        },
        sluice::rethrow);
  }
  std::thread other([&] { io.run_for(20s); });
  io.run_for(20s);
  other.join();
  CHECK(done == 50);
}

TEST_CASE("events tell of links and failures") {
  private_server server;
  asio::io_context io;
  std::vector<std::string> lines;
  connection_options options(server.url());
  options.backoff(1ms, 5ms).on_event(
      [&](const sluice::event& what) { lines.push_back(sluice::to_string(what)); });
  client redis(io.get_executor(), options);
  play(io, [&]() -> asio::awaitable<void> {
    co_await redis.connect();
    server.kill();
    while (redis.connected() || redis.counters().failed_attempts == 0) co_await pause(1ms);
    server.start();
    while (!redis.connected()) co_await pause(1ms);
  });
  REQUIRE(lines.size() >= 4);
  CHECK(lines[0].starts_with("connected to unix://"));
  CHECK(lines[1].starts_with("disconnected from unix://"));
  CHECK(lines[2].starts_with("no connection to unix://"));
  CHECK(lines.back().ends_with("reconnect 1"));
}

}  // namespace
