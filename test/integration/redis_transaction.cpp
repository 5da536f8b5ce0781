// Commands as one unit, and scripts.

#include "support/catch.hpp"
#include "support/scene.hpp"

#include <sluice/core/result.hpp>
#include <sluice/redis/client.hpp>
#include <sluice/redis/script.hpp>
#include <sluice/redis/transaction.hpp>
#include <sluice/testing/private_server.hpp>

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
using sluice::script;
using sluice::transaction;
using sluice::testing::private_server;
using sluice::testing::server_options;
using replies = std::vector<result<reply>>;

TEST_CASE("a transaction gives the replies of its commands in order") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), server.url());
  play(io, [&]() -> asio::awaitable<void> {
    transaction unit;
    unit.add(command("SET").arg("a").arg(1)).add(command("INCR").arg("a"));
    unit.add(command("LRANGE").arg("none").arg(0).arg(-1));
    const replies got = co_await redis.exec(unit);
    REQUIRE(got.size() == 3);
    CHECK(got[0]->as<std::string>() == "OK");
    CHECK(got[1]->as<std::int64_t>() == 2);
    CHECK(got[2]->as<std::vector<std::string>>().empty());
    const reply echo = co_await redis.exec("ECHO", "step");
    CHECK(echo.as<std::string>() == "step");
  });
}

TEST_CASE("an empty transaction costs nothing") {
  asio::io_context io;
  client redis(io.get_executor(), "redis://localhost:1");
  play(io, [&]() -> asio::awaitable<void> {
    const replies got = co_await redis.exec(transaction());
    CHECK(got.empty());
  });
  CHECK(redis.counters().commands == 0);
}

TEST_CASE("a command of a transaction that fails has its error in its place") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), server.url());
  play(io, [&]() -> asio::awaitable<void> {
    transaction unit;
    unit.add(command("SET").arg("text").arg("x"));
    unit.add(command("INCR").arg("text"));
    unit.add(command("XLEN").arg("text"));
    unit.add(command("GET").arg("text"));
    const replies got = co_await redis.exec(unit);
    REQUIRE(got.size() == 4);
    CHECK(got[0].has_value());
    CHECK(got[1].error().code() == errc::server_error);
    CHECK(got[1].error().why().command() == "INCR");
    CHECK(got[2].error().code() == errc::wrong_type);
    CHECK(got[3]->as<std::string>() == "x");
  });
}

TEST_CASE("a transaction with a command that the server refuses is not executed at all") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), server.url());
  play(io, [&]() -> asio::awaitable<void> {
    transaction unit;
    unit.add(command("SET").arg("a").arg("1")).add(command("NOSUCHCOMMAND").arg("x"));
    const result<replies> got = co_await as_result(redis.exec(unit));
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().code() == errc::transaction_aborted);
    CHECK(got.error().why().command() == "NOSUCHCOMMAND");
    CHECK(got.error().why().server_text().find("unknown command") != std::string::npos);
    const reply exists = co_await redis.exec("EXISTS", "a");
    CHECK(exists.as<std::int64_t>() == 0);
  });
}

TEST_CASE("a transaction refuses what the shared connection refuses") {
  transaction unit;
  CHECK(code_of([&] { unit.add(command("MULTI")); }) == errc::command_refused);
  CHECK(code_of([&] { unit.add(command("BLPOP").arg("k").arg(0)); }) == errc::command_refused);
  CHECK(unit.size() == 0);
}

TEST_CASE("a user who may not begin a transaction is told what happened instead") {
  private_server server(server_options().acl_line("simple on >simple ~* +@all -multi"));
  asio::io_context io;
  connection_options options(server.url());
  options.credentials("simple", "simple");
  client redis(io.get_executor(), options);
  play(io, [&]() -> asio::awaitable<void> {
    transaction unit;
    unit.add(command("SET").arg("a").arg("1"));
    const result<replies> got = co_await as_result(redis.exec(unit));
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().code() == errc::not_permitted);
    CHECK(got.error().why().command() == "MULTI");
    const reply echo = co_await redis.exec("ECHO", "step");
    CHECK(echo.as<std::string>() == "step");
  });
}

TEST_CASE("transactions and commands of many coroutines do not mix") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), server.url());
  int done = 0;
  for (int i = 0; i < 30; ++i) {
    beside(io, [&redis, &done, i]() -> asio::awaitable<void> {
      const auto key = std::to_string(i);
      for (int round = 1; round <= 10; ++round) {
        transaction unit;
        unit.add(command("INCR").arg(key)).add(command("ECHO").arg(key));
        const replies got = co_await redis.exec(std::move(unit));
        CHECK(got[0]->as<std::int64_t>() == round);
        CHECK(got[1]->as<std::string>() == key);
        const reply echo = co_await redis.exec("ECHO", key);
        CHECK(echo.as<std::string>() == key);
      }
      ++done;
    });
  }
  play(io, [&]() -> asio::awaitable<void> {
    while (done < 30) co_await pause(1ms);
  });
}

TEST_CASE("a script is sent once and then called by its digest") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), server.url());
  const script adds("return redis.call('INCRBY', KEYS[1], ARGV[1])");
  CHECK(adds.digest().size() == 40);
  const auto count = [&](int by) {
    return redis.exec(adds, std::vector<std::string>{"sum"},
                      std::vector<std::string>{std::to_string(by)});
  };
  play(io, [&]() -> asio::awaitable<void> {
    const reply first = co_await count(2);
    CHECK(first.as<std::int64_t>() == 2);
    const auto after_first = redis.counters().commands;
    CHECK(after_first == 2);
    const reply second = co_await count(3);
    CHECK(second.as<std::int64_t>() == 5);
    CHECK(redis.counters().commands == 3);
    server.command({"SCRIPT", "FLUSH"});
    const reply third = co_await count(5);
    CHECK(third.as<std::int64_t>() == 10);
  });
  CHECK(server.command({"SCRIPT", "EXISTS", adds.digest()}) == "1");
}

TEST_CASE("the digest is that of the server") {
  private_server server;
  const std::string text = "return [[a\r\nb]]";
  CHECK(server.command({"SCRIPT", "LOAD", text}) == script(text).digest());
}

TEST_CASE("a script's own error is thrown") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), server.url());
  const script fails("return redis.error_reply('MINE of the script')");
  const script broken("this is no Lua");
  const auto run = [&](const script& which) {
    return redis.exec(which, std::vector<std::string>(), std::vector<std::string>());
  };
  play(io, [&]() -> asio::awaitable<void> {
    const result<reply> own = co_await as_result(run(fails));
    CHECK(own.error().code() == errc::server_error);
    CHECK(own.error().why().server_text().starts_with("MINE"));
    const result<reply> syntax = co_await as_result(run(broken));
    CHECK(syntax.error().code() == errc::server_error);
  });
}

}  // namespace
