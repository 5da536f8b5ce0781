// Channels that rivulet shares: its keys and messages, its lock, and what its clients fail at.
#include "integration/monitor.hpp"
#include "support/mailbox_world.hpp"

#include <boost/json/parse.hpp>

namespace {

using namespace scene;
using sluice::errc;
using sluice::waiting;

struct rivulet_world : mailbox_world {
  rivulet_world() : mailbox_world(mailbox_layout::rivulet()) {}

  rivulet_client python(const std::string& id) { return {server, id}; }
};

TEST_CASE("a written message is what rivulet's readers read") {
  rivulet_world world;
  world.play([&]() -> asio::awaitable<void> {
    auto python = world.python("py");
    python.subscribe_at("c", "0");
    auto me = world.box("me");
    co_await me.write("c", "Zoë \"1\"");
    const auto text = python.read("c");
    const auto message = boost::json::parse(text);
    CHECK(message.at("id") == 1);
    CHECK(message.at("src") == "me");
    CHECK(message.at("data") == "Zoë \"1\"");
    CHECK(message.at("ts").as_int64() > 1'700'000'000'000'000);
    CHECK(text.find(R"({"id": 1, "ts": )") == 0);
    CHECK(world.server.command({"GET", "ids:channel#c"}) == "1");
    CHECK(world.server.command({"ZSCORE", "messages:channel#c", text}) == "1");
  });
}

TEST_CASE("what rivulet's writers write is read, and wakes who waits") {
  rivulet_world world;
  auto python = world.python("py");
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me");
    const texts channels{"c"};
    co_await me.subscribe(channels);
    python.write("c", "first");
    const auto first = co_await me.read();
    REQUIRE(texts_of(first, "c") == texts{"first"});
    const auto& message = first.at("c")[0];
    CHECK(message.source() == "py");
    CHECK(message.time().time_since_epoch().count() == 1'795'229'168'221'000);
    world.beside([&]() -> asio::awaitable<void> {
      co_await pause(30ms);
      python.write("c", "second");
    });
    const auto second = co_await me.read(10s);
    CHECK(texts_of(second, "c") == texts{"second"});
    CHECK(world.server.command({"ZSCORE", "clients:channel#c", "me"}) == "2");
    CHECK(world.server.command({"ZSCORE", "indexes:client#me", "c"}) == "2");
  });
}

TEST_CASE("what is no message is given as it is, and stops nobody") {
  rivulet_world world;
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me");
    const texts channels{"c"};
    co_await me.subscribe(channels, mailbox_start::earliest);
    world.server.command({"ZADD", "messages:channel#c", "1", "no message"});
    world.server.command({"ZADD", "messages:channel#c", "2", R"({"id": 2, "data": NaN})"});
    world.server.command({"SET", "ids:channel#c", "2"});
    co_await me.write("c", "good");
    const auto came = co_await me.read();
    const texts expected{"no message", R"({"id": 2, "data": NaN})", "good"};
    CHECK(texts_of(came, "c") == expected);
    CHECK_FALSE(came.at("c")[0].readable());
    CHECK(came.at("c")[2].id() == 3);
  });
}

TEST_CASE("a lock that somebody holds is waited for, and its release is heard at once") {
  rivulet_world world;
  auto python = world.python("py");
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me");
    co_await me.write("c", "before");
    python.lock("c");
    int done = 0;
    for (const auto* text : {"0", "1", "2"}) {
      world.beside([&, text]() -> asio::awaitable<void> {
        co_await me.write("c", text);
        ++done;
      });
    }
    world.beside([&]() -> asio::awaitable<void> {
      const texts channels{"other", "c"};
      co_await me.subscribe(channels);
      ++done;
    });
    co_await pause(100ms);
    CHECK(done == 0);
    CHECK(world.stored("c") == 1);
    const auto asked = world.calls("evalsha");
    co_await pause(100ms);
    CHECK(world.calls("evalsha") == asked);
    const auto released = std::chrono::steady_clock::now();
    python.unlock("c");
    co_await until([&] { return done == 4; });
    CHECK(std::chrono::steady_clock::now() - released < 2s);
    const auto all = co_await world.channels().messages("c");
    REQUIRE(all.size() == 4);
    for (std::size_t i = 1; i < 4; ++i) CHECK(all[i].text() == std::to_string(i - 1));
  });
}

TEST_CASE("a lock that its holder has left expires, one that is kept ends the patience") {
  rivulet_world world;
  auto python = world.python("py");
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me", mailbox_options().lock_patience(100ms));
    python.lock("c", "30");
    co_await me.write("c", "0");
    python.lock("c");
    const auto why = co_await failure_of(me.write("c", "1"));
    CHECK(why.code() == errc::timeout);
    CHECK_THAT(why.why().message(), Catch::Matchers::Contains("lock:ids:channel#c"));
    const texts channels{"c"};
    const auto no_place = co_await failure_of(me.subscribe(channels));
    CHECK(no_place.code() == errc::timeout);
    python.unlock("c");
    const auto id = co_await me.write("c", "2");
    CHECK(id == 2);
    CHECK(world.stored("c") == 2);
  });
}

TEST_CASE("reading needs no lock") {
  rivulet_world world;
  auto python = world.python("py");
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me");
    const texts channels{"c"};
    co_await me.subscribe(channels);
    co_await me.write("c", "0");
    python.lock("c");
    const auto came = co_await me.read();
    CHECK(texts_of(came, "c") == numbered(1));
  });
}

TEST_CASE("rivulet's readers are brought past what was cut before they had read it") {
  rivulet_world world;
  auto python = world.python("py");
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me", mailbox_options().max_length(10));
    python.subscribe_at("c", "0");
    co_await world.write(me, "c", 700);
    // Its window of 512 numbers behind 0 would be empty for ever.
    CHECK(python.position("c") == "690");
    CHECK(world.server.command({"ZSCORE", "clients:channel#c", "py"}) == "690");
    CHECK_THAT(python.read("c"), Catch::Matchers::Contains(R"("data": "690")"));
  });
}

TEST_CASE("a slow reader of rivulet's keeps its messages from being trimmed") {
  rivulet_world world;
  auto python = world.python("py");
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me", mailbox_options().buffer(0));
    const texts channels{"c"};
    python.subscribe_at("c", "0");
    co_await me.subscribe(channels);
    co_await world.write(me, "c", 20);
    co_await me.read();
    CHECK(world.stored("c") == 20);
    python.subscribe_at("c", "15");
    co_await me.write("c", "20");
    co_await me.read();
    CHECK(world.stored("c") == 6);
  });
}

TEST_CASE("a channel whose counter was lost goes on behind its last message") {
  mailbox_world world(any_layout());
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me");
    const texts channels{"c"};
    co_await me.subscribe(channels);
    co_await world.write(me, "c", 3);
    world.server.command({"DEL", world.key("ids:channel#c")});
    const auto id = co_await me.write("c", "3");
    CHECK(id == 4);
    const auto came = co_await me.read();
    CHECK(texts_of(came, "c") == numbered(4));
  });
}

TEST_CASE("a number that is none does not keep the server busy for ever") {
  mailbox_world world(mailbox_layout::rivulet());
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me", mailbox_options().max_age(1ms));
    world.server.command({"ZADD", "messages:channel#c", "1.4", R"({"id": 1, "ts": 1, "data": 1})"});
    const auto number = co_await me.write("c", "next");
    CHECK(number == 2);
  });
}

TEST_CASE("each step is one script, and nothing is sent while nothing happens") {
  rivulet_world world;
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me");
    const texts channels{"c"};
    co_await me.subscribe(channels);
    co_await me.write("c", "0");
    co_await me.read();
    co_await me.read(20ms);
    monitor watch(world.server);
    co_await me.write("c", "1");
    co_await me.read(10s);
    co_await me.read(100ms);
    const auto sent = watch.commands("EVALSHA|EVAL|SET|ZADD|INCR|EXPIRE|DEL|PUBLISH|MULTI");
    CHECK(std::count_if(sent.begin(), sent.end(),
                        [](const std::string& each) { return each.find("\"EVAL") == 0; }) <= 6);
    const auto lock = watch.commands("SET|DEL");
    CHECK(lock.empty());
  });
}

}  // namespace
