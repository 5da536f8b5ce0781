// Published messages, over the connection that also carries the commands.

#include "support/catch.hpp"
#include "support/scene.hpp"

#include <sluice/core/result.hpp>
#include <sluice/redis/subscription.hpp>
#include <sluice/testing/fault_proxy.hpp>
#include <sluice/testing/private_server.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace scene;
using sluice::client;
using sluice::condition;
using sluice::connection_options;
using sluice::errc;
using sluice::message;
using sluice::subscription;
using sluice::testing::fault_proxy;
using sluice::testing::private_server;
using sluice::testing::server_options;

using maybe = std::optional<message>;

TEST_CASE("what is published to a channel arrives in order, beside commands") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), server.url());
  subscription news(redis, sluice::channels("news", "sport"));
  play(io, [&]() -> asio::awaitable<void> {
    co_await news.ready();
    for (int i = 0; i < 50; ++i) {
      const auto text = std::to_string(i);
      const sluice::reply heard = co_await redis.exec("PUBLISH", i % 2 ? "news" : "sport", text);
      CHECK(heard.as<std::int64_t>() == 1);
    }
    for (int i = 0; i < 50; ++i) {
      const maybe item = co_await news.next();
      REQUIRE(item);
      CHECK(item->channel() == (i % 2 ? "news" : "sport"));
      CHECK(item->pattern().empty());
      CHECK(item->payload() == std::to_string(i));
    }
  });
}

TEST_CASE("a pattern hears every channel that matches and says which") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), server.url());
  subscription news(redis, sluice::patterns("news.*"));
  play(io, [&]() -> asio::awaitable<void> {
    co_await news.ready();
    server.command({"PUBLISH", "olds.tech", "no"});
    server.command({"PUBLISH", "news.tech", "yes"});
    const maybe item = co_await news.next();
    REQUIRE(item);
    CHECK(item->channel() == "news.tech");
    CHECK(item->pattern() == "news.*");
    CHECK(item->payload() == "yes");
  });
}

TEST_CASE("payloads and names are bytes") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), server.url());
  const std::string name("a\r\n\0b", 5);
  subscription news(redis, sluice::channels(name));
  play(io, [&]() -> asio::awaitable<void> {
    co_await news.ready();
    co_await redis.exec("PUBLISH", name, name);
    const maybe item = co_await news.next();
    REQUIRE(item);
    CHECK(item->channel() == name);
    CHECK(item->payload() == name);
  });
}

TEST_CASE("two subscriptions to one channel cost the server one and each gets every message") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), server.url());
  subscription first(redis, sluice::channels("news"));
  std::optional<subscription> second(std::in_place, redis, sluice::channels("news", "news"));
  play(io, [&]() -> asio::awaitable<void> {
    co_await first.ready();
    co_await second->ready();
    CHECK(server.command({"PUBLISH", "news", "one"}) == "1");
    const maybe mine = co_await first.next();
    const maybe theirs = co_await second->next();
    CHECK(mine->payload() == "one");
    CHECK(theirs->payload() == "one");
    CHECK(second->queued() == 0);

    second.reset();
    co_await redis.ping();
    CHECK(server.command({"PUBLISH", "news", "two"}) == "1");
    const maybe next = co_await first.next();
    CHECK(next->payload() == "two");

    first.close();
    co_await redis.ping();
    CHECK(server.command({"PUBLISH", "news", "three"}) == "0");
  });
}

TEST_CASE("a subscription that is closed gives what has come and then nothing") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), server.url());
  subscription news(redis, sluice::channels("news"));
  play(io, [&]() -> asio::awaitable<void> {
    co_await news.ready();
    co_await redis.exec("PUBLISH", "news", "last");
    co_await redis.ping();
    news.close();
    const maybe last = co_await news.next();
    REQUIRE(last);
    CHECK(last->payload() == "last");
    const maybe nothing = co_await news.next();
    CHECK_FALSE(nothing);
  });
}

TEST_CASE("closing ends a wait, and so does the client's end") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), server.url());
  subscription one(redis, sluice::channels("one"));
  subscription two(redis, sluice::channels("two"));
  int ended = 0;
  const auto listen = [&ended](subscription& to) {
    return [&ended, &to]() -> asio::awaitable<void> {
      const maybe item = co_await to.next();
      CHECK_FALSE(item);
      ++ended;
    };
  };
  beside(io, listen(one));
  beside(io, listen(two));
  play(io, [&]() -> asio::awaitable<void> {
    co_await one.ready();
    co_await two.ready();
    one.close();
    co_await pause(10ms);
    CHECK(ended == 1);
    co_await redis.close();
    co_await pause(10ms);
    CHECK(ended == 2);
    const maybe item = co_await two.next();
    CHECK_FALSE(item);
    const sluice::result<void> late = co_await sluice::as_result(two.ready());
    CHECK(late.error().code() == errc::closed);
  });
  play_out(io);
}

TEST_CASE("a wait for a message ends after its time") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), server.url());
  subscription news(redis, sluice::channels("news"));
  play(io, [&]() -> asio::awaitable<void> {
    co_await news.ready();
    const auto start = std::chrono::steady_clock::now();
    const maybe nothing = co_await news.next(50ms);
    CHECK_FALSE(nothing);
    CHECK(std::chrono::steady_clock::now() - start >= 49ms);
    const maybe at_once = co_await news.next(0ms);
    CHECK_FALSE(at_once);
    co_await redis.exec("PUBLISH", "news", "now");
    const maybe item = co_await news.next(5s);
    REQUIRE(item);
  });
}

TEST_CASE("a cancelled wait loses no message") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), server.url());
  subscription news(redis, sluice::channels("news"));
  asio::cancellation_signal stop;
  boost::system::error_code ended;
  asio::co_spawn(
      io,
      [&]() -> asio::awaitable<void> {
        const sluice::result<maybe> item = co_await sluice::as_result(news.next());
        ended = item.error().code();
      },
      asio::bind_cancellation_slot(stop.slot(), [](std::exception_ptr) {}));
  play(io, [&]() -> asio::awaitable<void> {
    co_await news.ready();
    stop.emit(asio::cancellation_type::terminal);
    co_await redis.exec("PUBLISH", "news", "kept");
    CHECK(ended == condition::cancelled);
    const maybe item = co_await news.next();
    CHECK(item->payload() == "kept");
  });
}

TEST_CASE("a queue that is full drops the oldest messages and counts them") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), server.url());
  subscription few(redis, sluice::channels("news").queue(3, 1'000));
  subscription small(redis, sluice::channels("news").queue(1'000, 20));
  play(io, [&]() -> asio::awaitable<void> {
    co_await few.ready();
    for (int i = 0; i < 10; ++i) co_await redis.exec("PUBLISH", "news", i);
    co_await redis.ping();
    CHECK(few.queued() == 3);
    CHECK(few.dropped() == 7);
    CHECK(small.queued() == 4);
    const maybe oldest = co_await few.next();
    CHECK(oldest->payload() == "7");
    // One that is larger than the whole queue still comes.
    co_await redis.exec("PUBLISH", "news", std::string(5'000, 'x'));
    co_await redis.ping();
    CHECK(small.queued() == 1);
    CHECK(few.queued() == 1);
  });
}

TEST_CASE("a subscription comes back with the link and says that it was interrupted") {
  private_server server;
  asio::io_context io;
  connection_options options(server.url());
  options.backoff(1ms, 5ms);
  client redis(io.get_executor(), options);
  subscription news(redis, sluice::channels("news"));
  subscription all(redis, sluice::patterns("*"));
  play(io, [&]() -> asio::awaitable<void> {
    co_await news.ready();
    for (int round = 1; round <= 3; ++round) {
      server.command({"CLIENT", "KILL", "TYPE", "pubsub"});
      while (news.interruptions() < static_cast<std::uint64_t>(round)) co_await pause(1ms);
      co_await news.ready();
      co_await all.ready();
      CHECK(server.command({"PUBLISH", "news", "back"}) == "2");
      const maybe item = co_await news.next();
      CHECK(item->payload() == "back");
      const maybe same = co_await all.next();
      CHECK(same->pattern() == "*");
    }
    CHECK(all.interruptions() == 3);
  });
}

TEST_CASE("a subscription outlives a restart of the server") {
  private_server server;
  asio::io_context io;
  connection_options options(server.url());
  options.backoff(1ms, 20ms);
  client redis(io.get_executor(), options);
  subscription news(redis, sluice::channels("news"));
  play(io, [&]() -> asio::awaitable<void> {
    co_await news.ready();
    server.kill();
    while (news.interruptions() == 0) co_await pause(1ms);
    server.start();
    co_await news.ready();
    server.command({"PUBLISH", "news", "again"});
    const maybe item = co_await news.next();
    CHECK(item->payload() == "again");
  });
}

TEST_CASE("a subscription begun before there is a server listens once there is one") {
  private_server server;
  server.stop();
  asio::io_context io;
  connection_options options(server.url());
  options.backoff(1ms, 20ms);
  client redis(io.get_executor(), options);
  subscription news(redis, sluice::channels("news"));
  play(io, [&]() -> asio::awaitable<void> {
    co_await pause(30ms);
    server.start();
    co_await news.ready();
    CHECK(server.command({"PUBLISH", "news", "x"}) == "1");
  });
}

TEST_CASE("a channel that the user may not hear is refused, and the others go on") {
  private_server server(server_options().acl_line("listener on >secret ~* &open +@all"));
  asio::io_context io;
  connection_options options(server.url());
  options.credentials("listener", "secret");
  client redis(io.get_executor(), options);
  subscription both(redis, sluice::channels("open", "closed"));
  subscription open(redis, sluice::channels("open"));
  play(io, [&]() -> asio::awaitable<void> {
    const sluice::result<void> refused = co_await sluice::as_result(both.ready());
    CHECK(refused.error().code() == errc::not_permitted);
    CHECK(refused.error().why().command() == "SUBSCRIBE");
    co_await open.ready();
    // Replies stay in step: an error takes the place of the confirmation.
    const sluice::reply echo = co_await redis.exec("ECHO", "step");
    CHECK(echo.as<std::string>() == "step");
    server.command({"PUBLISH", "open", "hello"});
    const maybe item = co_await both.next();
    CHECK(item->payload() == "hello");

    // Who asks again after the right was granted is heard.
    server.command({"ACL", "SETUSER", "listener", "&closed"});
    subscription closed(redis, sluice::channels("closed"));
    co_await closed.ready();
    CHECK(server.command({"PUBLISH", "closed", "x"}) == "1");
  });
}

TEST_CASE("a wait for messages is told that the password is wrong") {
  private_server server(server_options().password("right"));
  asio::io_context io;
  connection_options options(server.url());
  options.credentials("", "wrong").backoff(1ms, 5ms);
  client redis(io.get_executor(), options);
  subscription news(redis, sluice::channels("news"));
  play(io, [&]() -> asio::awaitable<void> {
    for (int i = 0; i < 8; ++i) {
      const sluice::result<maybe> item = co_await sluice::as_result(news.next());
      CHECK(item.error().code() == errc::wrong_password);
    }
  });
}

TEST_CASE("messages that come with replies in one packet reach everybody") {
  private_server server;
  fault_proxy proxy(server);
  asio::io_context io;
  client redis(io.get_executor(), proxy.url());
  subscription news(redis, sluice::channels("news"));
  play(io, [&]() -> asio::awaitable<void> {
    co_await news.ready();
    proxy.replies().slice(1);
    for (int i = 0; i < 20; ++i) {
      const sluice::reply count = co_await redis.exec("PUBLISH", "news", std::to_string(i));
      CHECK(count.as<std::int64_t>() == 1);
    }
    for (int i = 0; i < 20; ++i) {
      const maybe item = co_await news.next();
      CHECK(item->payload() == std::to_string(i));
    }
  });
}

TEST_CASE("a subscription needs something to listen to and room for it") {
  asio::io_context io;
  client redis(io.get_executor(), "redis://localhost:1");
  CHECK(code_of([&] { subscription none(redis, sluice::topics()); }) == errc::invalid_argument);
  CHECK(code_of([&] { sluice::channels("a").queue(0, 1); }) == errc::invalid_argument);
  CHECK(code_of([&] { sluice::channels("a").queue(1, 0); }) == errc::invalid_argument);
}

TEST_CASE("subscriptions and everything else may be destroyed in any order") {
  private_server server;
  SECTION("the io_context first") {
    std::optional<asio::io_context> io(std::in_place);
    client redis(io->get_executor(), server.url());
    subscription news(redis, sluice::channels("news"));
    beside(*io, [&]() -> asio::awaitable<void> { co_await news.next(); });
    io->run_for(50ms);
    io.reset();
    news.close();
  }
  SECTION("the subscription while somebody waits") {
    asio::io_context io;
    bool ended = false;
    {
      client redis(io.get_executor(), server.url());
      subscription news(redis, sluice::channels("news"));
      asio::co_spawn(io, news.next(), [&](std::exception_ptr, const maybe& item) {
        CHECK_FALSE(item);
        ended = true;
      });
      io.run_for(50ms);
    }
    play_out(io);
    CHECK(ended);
  }
}

}  // namespace
