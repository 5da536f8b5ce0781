// Calls in the shapes that users write them. GCC 12.2 miscompiles some forms of co_await without a
// warning; the crash would be in the user's code. Under the address sanitizer this file shows that
// the public types and their temporaries are none of those forms.

#include "support/catch.hpp"
#include "support/scene.hpp"

#include <sluice/sluice.hpp>
#include <sluice/testing/private_server.hpp>
#include <sluice/topic/described.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace scene;
using namespace sluice;
using sluice::testing::private_server;

constexpr const char* long_text = "a text that is longer than any small string optimisation";

TEST_CASE("options, fields and commands may be temporaries inside the awaited expression") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), server.url());
  play(io, [&]() -> asio::awaitable<void> {
    producer out(redis);
    const std::string name = long_text;
    const entry_id first = co_await out.add("orders", fields("customer", name, "total", "12"));
    const entry_id second = co_await out.add(
        "orders", fields("customer", name + "!").add("note", std::string(long_text) + "?"),
        add_options().cut(trim::max_length(1000)).timeout(5s));
    CHECK(second > first);
    co_await out.send("orders", fields(name, name));
    co_await out.flush();
    const reply length = co_await redis.exec(command("XLEN").arg(std::string("orders")));
    CHECK(length.as<std::int64_t>() == 3);
    const reply kept = co_await redis.exec("SET", name + "-key", name, "EX", 60);
    CHECK(kept.as<std::string>() == "OK");
    const auto size = (co_await redis.exec("STRLEN", name + "-key")).as<std::int64_t>();
    CHECK(size == static_cast<std::int64_t>(name.size()));
  });
}

TEST_CASE("a consumer may be made in the loop's own function and awaited in its condition") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), server.url());
  play(io, [&]() -> asio::awaitable<void> {
    producer out(redis);
    for (int i = 0; i < 10; ++i) {
      co_await out.add("orders", fields("number", std::to_string(i), "text", long_text));
    }
    group_consumer orders(
        redis, group("billing").consumer(long_text).stream("orders").wait(waiting::none()));
    int seen = 0;
    // gcc12-ok: a declaration in the condition was run safely, and `orders` stands before it
    while (auto order = co_await orders.get_entry()) {
      CHECK(order->field("number") == std::to_string(seen));
      CHECK(order->field("text") == long_text);
      ++seen;
      co_await std::move(*order).ack();
    }
    CHECK(seen == 10);
  });
}

TEST_CASE("results instead of exceptions carry values and errors") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), server.url());
  play(io, [&]() -> asio::awaitable<void> {
    auto good = co_await as_result(redis.exec("PING"));
    REQUIRE(good.has_value());
    CHECK(good->as<std::string>() == "PONG");
    const result<reply> bad = co_await as_result(redis.exec("XADD", long_text));
    REQUIRE_FALSE(bad.has_value());
    CHECK(bad.error().code() == errc::server_error);
    const result<void> nothing = co_await as_result(redis.connect());
    CHECK(nothing.has_value());
  });
}

TEST_CASE("batches, transactions and scripts take named values") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), server.url());
  play(io, [&]() -> asio::awaitable<void> {
    producer out(redis);
    std::vector<fields> many;
    for (int i = 0; i < 5; ++i) many.push_back(fields("text", long_text));
    const auto ids = co_await out.add_many("orders", std::move(many));
    CHECK(ids.size() == 5);

    consumer reader(redis, streams("orders", start::earliest()).wait(waiting::none()));
    const auto batch = co_await reader.get_batch(3);
    REQUIRE(batch.size() == 3);
    CHECK(batch.front().id() == ids.front());

    transaction unit;
    unit.add(command("INCR").arg("counter")).add(command("INCR").arg("counter"));
    const auto counted = co_await redis.exec(unit);
    REQUIRE(counted.size() == 2);
    CHECK(counted[1]->as<std::int64_t>() == 2);

    const script join("return redis.call('GET', KEYS[1]) .. ARGV[1]");
    std::vector<std::string> keys{"counter"};
    std::vector<std::string> arguments{long_text};
    const reply joined = co_await redis.exec(join, keys, arguments);
    CHECK(joined.as<std::string>() == std::string("2") + long_text);
  });
}

TEST_CASE("messages and groups of topics may be temporaries as well") {
  private_server server;
  asio::io_context io;
  client redis(io.get_executor(), server.url());
  play(io, [&]() -> asio::awaitable<void> {
    topic_producer out(redis, std::string("a-long-prefix-of-all-the-keys:"));
    const std::string text = long_text;
    const boost::json::value data(text);
    const entry_id first = co_await out.send("orders", describe(out.make_id(), text));
    const entry_id second = co_await out.send("orders", topic_message(uuid(), data));
    CHECK(second > first);
    topic_consumer in(redis, topic_group(text).consumer(text).prefix(
                                 std::string("a-long-prefix-of-all-the-keys:")));
    int seen = 0;
    in.on("orders", [&](topic_delivery& what) -> asio::awaitable<void> {
      CHECK(data_as<std::string>(what) == long_text);
      co_await what.settle();
      if (++seen == 2) in.stop();
    });
    co_await in.run();
    CHECK(seen == 2);
  });
}

}  // namespace
