// Links that break, stall or lie, and how they are found out and replaced.

#include "support/catch.hpp"
#include "support/scene.hpp"

#include <sluice/core/result.hpp>
#include <sluice/redis/client.hpp>
#include <sluice/testing/fault_proxy.hpp>
#include <sluice/testing/private_server.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <variant>
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
using sluice::testing::server_options;
using steady = std::chrono::steady_clock;

connection_options quick(const std::string& url) {
  connection_options options(url);
  options.backoff(1ms, 10ms).connect_timeout(500ms);
  return options;
}

connection_options watchful(const std::string& url) {
  auto options = quick(url);
  options.health_check(100ms).health_timeout(150ms);
  return options;
}

/// Requires that the link works: one command through it, in step.
asio::awaitable<void> works(client redis) {
  const reply echo = co_await redis.exec(command("ECHO").arg("alive").repeatable(true));
  CHECK(echo.as<std::string>() == "alive");
}

TEST_CASE("an attempt to connect into a black hole ends by its deadline") {
  private_server server;
  fault_proxy proxy(server);
  SECTION("the network swallows it") { proxy.stall_connections(); }
  SECTION("the peer swallows it") { proxy.swallow_connections(); }
  asio::io_context io;
  client redis(io.get_executor(), quick(proxy.url()));
  play(io, [&]() -> asio::awaitable<void> {
    const auto start = steady::now();
    const result<void> link = co_await as_result(redis.connect());
    const auto took = steady::now() - start;
    CHECK(link.error().code() == errc::connect_timeout);
    CHECK(took >= 490ms);
    CHECK(took < 1500ms);
    proxy.heal();
    proxy.close();
    co_await works(redis);
  });
}

TEST_CASE("a link that ends in good order, or half, is replaced") {
  private_server server;
  fault_proxy proxy(server);
  asio::io_context io;
  client redis(io.get_executor(), quick(proxy.url()));
  play(io, [&]() -> asio::awaitable<void> {
    co_await redis.connect();
    SECTION("both directions") { proxy.close(); }
    SECTION("the replies only") { proxy.replies().half_close(); }
    SECTION("by reset") { proxy.reset(); }
    while (redis.counters().links_lost == 0) co_await pause(1ms);
    co_await works(redis);
  });
}

TEST_CASE("a link that went silent is given up by the health check") {
  private_server server;
  fault_proxy proxy(server);
  asio::io_context io;
  client redis(io.get_executor(), watchful(proxy.url()));
  play(io, [&]() -> asio::awaitable<void> {
    co_await redis.connect();
    SECTION("idle, replies are lost") { proxy.replies().drop(); }
    SECTION("idle, requests are lost") { proxy.requests().drop(); }
    SECTION("idle, everything stands still") {
      proxy.replies().hold();
      proxy.requests().hold();
    }
    const auto start = steady::now();
    while (redis.connected()) co_await pause(1ms);
    const auto took = steady::now() - start;
    CHECK(took >= 150ms);
    CHECK(took < 2s);
    proxy.heal();
    co_await works(redis);
  });
  CHECK(redis.counters().health_checks >= 1);
}

TEST_CASE("a command on a link that went silent is reported as unknown, not lost") {
  private_server server;
  fault_proxy proxy(server);
  asio::io_context io;
  client redis(io.get_executor(), watchful(proxy.url()));
  play(io, [&]() -> asio::awaitable<void> {
    co_await redis.connect();
    proxy.replies().drop();
    const result<reply> lost = co_await as_result(redis.exec("INCR", "count"));
    CHECK(lost.error().code() == errc::outcome_unknown);
    proxy.heal();
    const reply count = co_await redis.exec("GET", "count");
    CHECK(count.as<std::int64_t>() == 1);
  });
}

TEST_CASE("a frozen server is given up, and its successor is used once it thaws") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), watchful(server.url()));
  play(io, [&]() -> asio::awaitable<void> {
    co_await redis.connect();
    server.freeze();
    while (redis.connected()) co_await pause(1ms);
    server.thaw();
    co_await works(redis);
  });
}

TEST_CASE("a server that is only slow keeps its link") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), server.url());
  play(io, [&]() -> asio::awaitable<void> {
    co_await redis.connect();
    server.freeze();
    const result<reply> late =
        co_await as_result(redis.exec(command("ECHO").arg("x").timeout(50ms)));
    CHECK(late.error().code() == errc::timeout);
    server.thaw();
    co_await works(redis);
  });
  CHECK(redis.counters().connects == 1);
}

TEST_CASE("a pause of the server within the patience keeps the link") {
  private_server server;
  asio::io_context io;
  auto options = quick(server.url());
  options.health_check(100ms).health_timeout(2s);
  client redis(io.get_executor(), options);
  play(io, [&]() -> asio::awaitable<void> {
    co_await redis.connect();
    server.command({"CLIENT", "PAUSE", "400", "ALL"});
    const auto start = steady::now();
    co_await works(redis);
    CHECK(steady::now() - start >= 200ms);
  });
  CHECK(redis.counters().connects == 1);
  CHECK(redis.counters().health_checks >= 1);
}

TEST_CASE("a server that is busy with a script says so and keeps its link") {
  private_server server(server_options().config("lua-time-limit", "20"));
  asio::io_context io;
  auto options = quick(server.url());
  options.health_check(50ms).health_timeout(200ms);
  client redis(io.get_executor(), options);
  client other(io.get_executor(), server.url());
  play(io, [&]() -> asio::awaitable<void> {
    co_await redis.connect();
    bool ended = false;
    beside(io, [&]() -> asio::awaitable<void> {
      co_await as_result(other.exec("EVAL", "while true do end", 0));
      ended = true;
    });
    co_await pause(100ms);
    const result<reply> busy = co_await as_result(redis.exec("GET", "x"));
    CHECK(busy.error().code() == errc::script_busy);
    CHECK(busy.error().code() == sluice::condition::retryable);
    co_await pause(400ms);
    co_await redis.exec("SCRIPT", "KILL");
    while (!ended) co_await pause(1ms);
    co_await works(redis);
  });
  CHECK(redis.counters().connects == 1);
  CHECK(redis.counters().health_checks >= 3);
}

TEST_CASE("a handshake that is cut after any command is begun anew, never used half done") {
  private_server server(server_options().password("secret"));
  fault_proxy proxy(server);
  for (std::uint64_t commands = 1; commands <= 9; ++commands) {
    asio::io_context io;
    auto options = quick(proxy.url());
    options.credentials("", "secret").name("billing").database(3);
    client redis(io.get_executor(), options);
    if (commands % 2 == 0) {
      proxy.close_after_commands(commands);
    } else {
      proxy.reset_after_replies(commands);
    }
    play(io, [&]() -> asio::awaitable<void> {
      const reply info = co_await redis.exec(command("CLIENT").arg("INFO").repeatable(true));
      const auto text = info.as<std::string>();
      CHECK(text.find(" db=3 ") != std::string::npos);
      CHECK(text.find(" name=billing ") != std::string::npos);
      CHECK(text.find(" resp=3") != std::string::npos);
    });
  }
}

TEST_CASE("a user who is deleted is told so, and the server is not stormed") {
  private_server server(server_options().acl_line("worker on >secret ~* &* +@all"));
  asio::io_context io;
  auto options = quick(server.url());
  options.credentials("worker", "secret").backoff(5ms, 20ms);
  client redis(io.get_executor(), options);
  play(io, [&]() -> asio::awaitable<void> {
    co_await works(redis);
    server.command({"ACL", "DELUSER", "worker"});
    while (redis.connected()) co_await pause(1ms);
    const result<reply> refused = co_await as_result(redis.exec("PING"));
    CHECK(refused.error().code() == errc::wrong_password);
    CHECK(std::string(refused.error().what()).find("secret") == std::string::npos);
    co_await pause(300ms);
    CHECK(redis.counters().failed_attempts <= 6);
    server.command({"ACL", "SETUSER", "worker", "on", ">secret", "~*", "+@all"});
    co_await works(redis);
  });
}

TEST_CASE("rights that are revoked fail the command and nothing else") {
  private_server server(server_options().acl_line("worker on >secret ~* +@all"));
  asio::io_context io;
  auto options = quick(server.url());
  options.credentials("worker", "secret");
  client redis(io.get_executor(), options);
  play(io, [&]() -> asio::awaitable<void> {
    co_await works(redis);
    server.command({"ACL", "SETUSER", "worker", "-get"});
    const result<reply> refused = co_await as_result(redis.exec("GET", "x"));
    CHECK(refused.error().code() == errc::not_permitted);
    co_await works(redis);
  });
}

TEST_CASE("bytes one by one, late and slow change nothing but the time") {
  private_server server;
  fault_proxy proxy(server);
  asio::io_context io;
  client redis(io.get_executor(), quick(proxy.url()));
  play(io, [&]() -> asio::awaitable<void> {
    co_await redis.connect();
    SECTION("one by one") {
      proxy.requests().slice(1);
      proxy.replies().slice(1);
    }
    SECTION("late, by different times") {
      proxy.requests().jitter(5ms, 3);
      proxy.replies().delay(1ms).jitter(10ms, 4);
    }
    SECTION("slow") { proxy.replies().throttle(200'000); }
    int done = 0;
    for (int i = 0; i < 16; ++i) {
      beside(io, [&, i]() -> asio::awaitable<void> {
        for (int round = 0; round < 10; ++round) {
          const auto word = std::to_string(i) + ':' + std::to_string(round) + std::string(200, '.');
          const reply echo = co_await redis.exec("ECHO", word);
          CHECK(echo.as<std::string>() == word);
        }
        ++done;
      });
    }
    while (done < 16) co_await pause(1ms);
  });
  CHECK(redis.counters().connects == 1);
}

TEST_CASE("a flood of pushes harms no request") {
  private_server server;
  fault_proxy proxy(server);
  asio::io_context io;
  client redis(io.get_executor(), quick(proxy.url()));
  play(io, [&]() -> asio::awaitable<void> {
    co_await redis.connect();
    std::string flood;
    for (int i = 0; i < 20'000; ++i) {
      flood += ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n>2\r\n+unknown\r\n:1\r\n>0\r\n";
    }
    proxy.replies().inject(flood);
    co_await works(redis);
    while (redis.counters().pushes < 60'000) co_await pause(1ms);
    co_await works(redis);
  });
  CHECK(redis.counters().connects == 1);
}

TEST_CASE("bytes that make no sense close the link, and the next one works") {
  const auto* const bytes =
      GENERATE("+a reply that nobody asked for\r\n", "?garbage\r\n", "$-7\r\n", "$1000000000\r\n",
               "*1000000000\r\n", "$?\r\n", ">1\r\n*-5\r\n");
  private_server server;
  fault_proxy proxy(server);
  asio::io_context io;
  client redis(io.get_executor(), quick(proxy.url()));
  play(io, [&]() -> asio::awaitable<void> {
    co_await redis.connect();
    proxy.replies().inject(bytes);
    while (redis.counters().links_lost == 0) co_await pause(1ms);
    co_await works(redis);
  });
  CHECK(redis.counters().links_lost == 1);
}

TEST_CASE("a reply that was duplicated or spoiled on the way never reaches a foreign request") {
  private_server server;
  fault_proxy proxy(server);
  asio::io_context io;
  client redis(io.get_executor(), quick(proxy.url()));
  play(io, [&]() -> asio::awaitable<void> {
    co_await redis.connect();
    SECTION("a whole reply twice") { proxy.replies().duplicate(0, 7); }
    SECTION("a type byte") { proxy.replies().corrupt(0); }
    SECTION("a length") { proxy.replies().corrupt(1); }
    SECTION("a line end") { proxy.replies().corrupt(2); }
    for (int i = 0; i < 20; ++i) {
      const auto digit = std::to_string(i % 10);
      const result<reply> echo = co_await as_result(redis.exec("ECHO", digit));
      if (echo) CHECK(echo->as<std::string>() == digit);
    }
    co_await works(redis);
  });
}

TEST_CASE("a full queue while the link is down is bounded, and order is kept when it returns") {
  private_server server;
  fault_proxy proxy(server);
  proxy.refuse_connections();
  asio::io_context io;
  auto options = quick(proxy.url());
  options.in_flight(10, 1'000'000);
  client redis(io.get_executor(), options);
  std::vector<int> order;
  int failed = 0;
  for (int i = 0; i < 200; ++i) {
    beside(io, [&, i]() -> asio::awaitable<void> {
      command push("RPUSH");
      push.arg("list").arg(i).timeout(i < 100 ? 10s : 50ms);
      const result<reply> pushed = co_await as_result(redis.exec(std::move(push)));
      if (pushed) {
        order.push_back(i);
      } else {
        CHECK(pushed.error().code() == errc::timeout);
        ++failed;
      }
    });
  }
  play(io, [&]() -> asio::awaitable<void> {
    co_await pause(100ms);
    CHECK(redis.counters().in_flight <= 10);
    CHECK(failed == 100);
    proxy.accept_connections();
    while (order.size() < 100) co_await pause(1ms);
  });
  CHECK(std::ranges::is_sorted(order));
  CHECK(server.command({"LLEN", "list"}) == "100");
}

/// Leaves no file descriptor to be had, for a while.
class no_descriptors {
 public:
  no_descriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int next = ::dup(0);
    ::close(next);
    ::rlimit none = before_;
    none.rlim_cur = static_cast<::rlim_t>(next);
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~no_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  ::rlimit before_{};
};

TEST_CASE("without file descriptors a link is tried for, with pauses, until there are some") {
  private_server server;
  asio::io_context io;
  auto options = quick(server.url());
  options.backoff(10ms, 40ms);
  client redis(io.get_executor(), options);
  play(io, [&]() -> asio::awaitable<void> {
    co_await works(redis);
    const auto failures = redis.counters().failed_attempts;
    {
      server.command({"CLIENT", "KILL", "TYPE", "normal"});
      const no_descriptors drought;
      // The socket that closes gives its own descriptor back, so the limit lies below it.
      co_await pause(150ms);
    }
    co_await works(redis);
    CHECK(redis.counters().failed_attempts - failures < 40);
  });
}

}  // namespace
