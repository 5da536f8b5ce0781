// Reading streams on one's own: where it begins, how it waits, what it says.

#include "support/catch.hpp"
#include "support/stream_world.hpp"

#include <map>

namespace {

using namespace scene;
using sluice::consumer;
using sluice::entry_id;
using sluice::errc;
using sluice::start;
using sluice::streams;
using sluice::waiting;

TEST_CASE("from the earliest, everything that is stored comes in order, then what follows") {
  stream_world world;
  world.add("s", 250);
  consumer in(world.redis, streams("s", start::earliest()));
  world.play([&]() -> asio::awaitable<void> {
    const auto stored = co_await numbers(in, 250);
    CHECK(stored == series(250));
    world.add("s", 1, 250);
    const auto fresh = co_await numbers(in, 1);
    CHECK(fresh == series(1, 250));
  });
}

TEST_CASE("from the latest, only what is added after reading began comes") {
  stream_world world;
  world.add("s", 10);
  consumer in(world.redis, streams("s"));
  world.play([&]() -> asio::awaitable<void> {
    const auto none = co_await in.get_entry(waiting::none());
    CHECK_FALSE(none);
    world.add("s", 3, 10);
    const auto fresh = co_await numbers(in, 3);
    CHECK(fresh == series(3, 10));
  });
}

TEST_CASE("the latest of a stream that does not exist is its beginning") {
  stream_world world;
  consumer in(world.redis, streams("s"));
  world.play([&]() -> asio::awaitable<void> {
    const auto none = co_await in.get_entry(waiting::none());
    CHECK_FALSE(none);
    world.add("s", 3);
    const auto fresh = co_await numbers(in, 3);
    CHECK(fresh == series(3));
  });
}

TEST_CASE("after an id, the next one comes") {
  stream_world world;
  for (int i = 1; i <= 5; ++i) {
    const auto id = std::to_string(i) + "-0", n = std::to_string(i);
    world.server.command({"XADD", "s", id, "n", n});
  }
  consumer in(world.redis, streams("s", start::after(entry_id(3))));
  world.play([&]() -> asio::awaitable<void> {
    const auto found = co_await numbers(in, 2);
    CHECK(found == std::vector{4, 5});
  });
}

TEST_CASE("at a time, what the server added then or later comes") {
  stream_world world;
  for (int i = 1; i <= 5; ++i) {
    const auto id = std::to_string(1000 * i) + "-0", n = std::to_string(i);
    world.server.command({"XADD", "s", id, "n", n});
  }
  const std::chrono::system_clock::time_point third{3'000ms};
  consumer in(world.redis, streams("s", start::at(third)));
  world.play([&]() -> asio::awaitable<void> {
    const auto found = co_await numbers(in, 3);
    CHECK(found == std::vector{3, 4, 5});
  });
}

TEST_CASE("the last few come, and all when there are fewer") {
  stream_world world;
  world.add("long", 20);
  world.add("short", 2);
  consumer long_one(world.redis, streams("long", start::last(3)));
  consumer short_one(world.redis, streams("short", start::last(3)));
  consumer missing(world.redis, streams("missing", start::last(3)));
  world.play([&]() -> asio::awaitable<void> {
    const auto three = co_await numbers(long_one, 3);
    CHECK(three == series(3, 17));
    const auto two = co_await numbers(short_one, 3, waiting::none());
    CHECK(two == series(2));
    const auto none = co_await missing.get_entry(waiting::none());
    CHECK_FALSE(none);
    world.add("missing", 1);
    const auto first = co_await numbers(missing, 1);
    CHECK(first == series(1));
  });
}

TEST_CASE("not waiting at all drains what is there and ends") {
  stream_world world;
  world.add("s", 300);
  consumer in(world.redis, streams("s", start::earliest()).wait(waiting::none()));
  world.play([&]() -> asio::awaitable<void> {
    int found = 0;
    for (auto next = co_await in.get_entry(); next; next = co_await in.get_entry()) ++found;
    CHECK(found == 300);
    world.add("s", 1);
    const auto one = co_await in.get_entry();
    CHECK(one);
  });
}

TEST_CASE("a limited wait ends in time with nothing") {
  stream_world world;
  consumer in(world.redis, streams("s").wait(50ms));
  world.play([&]() -> asio::awaitable<void> {
    const auto begun = std::chrono::steady_clock::now();
    const auto none = co_await in.get_entry();
    const auto waited = std::chrono::steady_clock::now() - begun;
    CHECK_FALSE(none);
    CHECK(waited >= 50ms);
    CHECK(waited < 1s);
  });
}

TEST_CASE("a limited wait is ended by an entry, and by the time also while the server is away") {
  stream_world world;
  consumer in(world.redis, streams("s"));
  world.play([&]() -> asio::awaitable<void> {
    const auto none = co_await in.get_entry(waiting::none());
    CHECK_FALSE(none);
    world.beside([&]() -> asio::awaitable<void> {
      co_await pause(20ms);
      world.add("s", 1);
    });
    const auto one = co_await in.get_entry(waiting(5s));
    CHECK(one);
    world.server.stop();
    const auto away = co_await in.get_entry(waiting(50ms));
    CHECK_FALSE(away);
  });
}

TEST_CASE("not waiting at all, an answer that never comes is a timeout") {
  stream_world world;
  auto how = world.options(world.server.url()).timeout(100ms);
  sluice::client redis(world.io.get_executor(), how);
  consumer in(redis, streams("s", start::earliest()));
  world.server.stop();
  world.play([&]() -> asio::awaitable<void> {
    const auto why = co_await failure_of(in.get_entry(waiting::none()));
    CHECK(why.code() == errc::timeout);
  });
}

TEST_CASE("several streams take turns") {
  stream_world world;
  for (const auto* name : {"a", "b", "c"}) world.add(name, 400);
  consumer in(world.redis, streams("a", start::earliest())
                               .stream("b", start::earliest())
                               .stream("c", start::earliest()));
  world.play([&]() -> asio::awaitable<void> {
    std::map<std::string, std::vector<int>> found;
    for (int i = 0; i < 1'200; ++i) {
      const auto next = co_await in.get_entry(5s);
      REQUIRE(next);
      found[next->stream()].push_back(number_of(*next));
      if (i == 300) {
        // None is far ahead while the others have entries too.
        CHECK(found.size() == 3);
        for (const auto& [name, some] : found) CHECK(some.size() >= 50);
      }
    }
    for (const auto& [name, all] : found) CHECK(all == series(400));
  });
}

TEST_CASE("a batch is what is at hand, up to its size") {
  stream_world world;
  world.add("s", 30);
  consumer in(world.redis, streams("s", start::earliest()));
  world.play([&]() -> asio::awaitable<void> {
    const auto ten = co_await in.get_batch(10);
    CHECK(ten.size() == 10);
    const auto rest = co_await in.get_batch(100);
    CHECK(rest.size() == 20);
    CHECK(number_of(rest.back()) == 29);
    const auto one = co_await in.get_entry(waiting::none());
    CHECK_FALSE(one);
  });
}

TEST_CASE("a batch is empty when the time is over") {
  stream_world world;
  consumer in(world.redis, streams("s").wait(20ms));
  world.play([&]() -> asio::awaitable<void> {
    const auto none = co_await in.get_batch(10);
    CHECK(none.empty());
  });
}

TEST_CASE("the position is that of the last entry handed out, and reading goes on behind it") {
  stream_world world;
  world.add("s", 10);
  consumer in(world.redis, streams("s", start::earliest()));
  CHECK(in.position("s") == entry_id());
  CHECK_FALSE(in.position("other"));
  world.play([&]() -> asio::awaitable<void> {
    for (int i = 0; i < 4; ++i) {
      const auto next = co_await in.get_entry();
      REQUIRE(next);
      CHECK(in.position("s") == next->id());
    }
    consumer after(world.redis, streams("s", start::after(*in.position("s"))));
    const auto found = co_await numbers(after, 6);
    CHECK(found == series(6, 4));
  });
}

TEST_CASE("the position of a latest start is known once reading began") {
  stream_world world;
  world.add("s", 1);
  consumer in(world.redis, streams("s"));
  CHECK_FALSE(in.position("s"));
  world.play([&]() -> asio::awaitable<void> {
    const auto none = co_await in.get_entry(waiting::none());
    CHECK_FALSE(none);
    CHECK(in.position("s"));
  });
}

TEST_CASE("a stream may be added and taken away while somebody waits") {
  stream_world world;
  consumer in(world.redis, streams("a", start::earliest()));
  world.play([&]() -> asio::awaitable<void> {
    std::vector<std::string> from;
    world.beside([&]() -> asio::awaitable<void> {
      for (int i = 0; i < 2; ++i) {
        const auto next = co_await in.get_entry();
        REQUIRE(next);
        from.push_back(next->stream());
      }
    });
    co_await pause(5ms);
    in.add_stream("b", start::earliest());
    world.add("b", 1);
    co_await until([&] { return from.size() == 1; });
    in.remove_stream("b");
    world.add("b", 1);
    in.remove_stream("never there");
    co_await world.redis.ping();
    world.add("a", 1);
    co_await until([&] { return from.size() == 2; });
    CHECK(from == std::vector<std::string>{"b", "a"});
  });
}

TEST_CASE("the buffered entries of a stream that is taken away are dropped") {
  stream_world world;
  world.add("a", 10);
  world.add("b", 1);
  consumer in(world.redis, streams("a", start::earliest()));
  world.play([&]() -> asio::awaitable<void> {
    const auto first = co_await in.get_entry();
    REQUIRE(first);
    in.remove_stream("a");
    CHECK_FALSE(in.position("a"));
    in.add_stream("b", start::earliest());
    const auto next = co_await in.get_entry();
    REQUIRE(next);
    CHECK(next->stream() == "b");
    // The entry that was taken outlives its stream.
    CHECK(first->field("n") == "0");
    CHECK(first->stream() == "a");
  });
}

TEST_CASE("closing ends the waits with nothing, and later calls too") {
  stream_world world;
  consumer in(world.redis, streams("s"));
  world.play([&]() -> asio::awaitable<void> {
    int ended = 0;
    for (int i = 0; i < 3; ++i) {
      world.beside([&]() -> asio::awaitable<void> {
        const auto none = co_await in.get_entry();
        CHECK_FALSE(none);
        ++ended;
      });
    }
    co_await pause(5ms);
    in.close();
    co_await until([&] { return ended == 3; });
    const auto none = co_await in.get_entry();
    CHECK_FALSE(none);
    const auto batch = co_await in.get_batch(5);
    CHECK(batch.empty());
  });
}

TEST_CASE("destroying a consumer ends the waits, and the program can end") {
  stream_world world;
  {
    std::optional<consumer> in;
    in.emplace(world.redis, streams("s"));
    world.play([&]() -> asio::awaitable<void> {
      bool ended = false;
      world.beside([&]() -> asio::awaitable<void> {
        const auto none = co_await in->get_entry();
        CHECK_FALSE(none);
        ended = true;
      });
      co_await pause(5ms);
      in.reset();
      co_await until([&] { return ended; });
    });
  }
  world.redis.stop();
  play_out(world.io, 2s);
}

TEST_CASE("a client that is closed ends the waits with closed") {
  stream_world world;
  consumer in(world.redis, streams("s"));
  world.play([&]() -> asio::awaitable<void> {
    sluice::error why;
    world.beside([&]() -> asio::awaitable<void> { why = co_await failure_of(in.get_entry()); });
    co_await pause(5ms);
    world.redis.stop();
    co_await until([&] { return why.code() == errc::closed; });
    const auto again = co_await failure_of(in.get_entry());
    CHECK(again.code() == errc::closed);
  });
}

TEST_CASE("a stream that is none is told once, and the others go on") {
  stream_world world;
  world.server.command({"SET", "text", "x"});
  world.add("s", 3);
  consumer in(world.redis, streams("text", start::earliest()).stream("s", start::earliest()));
  world.play([&]() -> asio::awaitable<void> {
    int errors = 0;
    std::vector<int> found;
    while (found.size() < 3 || errors < 1) {
      try {
        const auto next = co_await in.get_entry(2s);
        REQUIRE(next);
        found.push_back(number_of(*next));
      } catch (const sluice::error& why) {
        CHECK(why.code() == errc::wrong_type);
        CHECK(why.why().stream() == "text");
        ++errors;
      }
    }
    CHECK(found == series(3));
    CHECK(errors == 1);
    const auto none = co_await in.get_entry(200ms);
    CHECK_FALSE(none);
    CHECK(world.events.count<sluice::events::read_failed>() >= 1);
    // Mended, it is read by itself.
    world.server.command({"DEL", "text"});
    world.add("text", 1);
    const auto mended = co_await in.get_entry(8s);
    REQUIRE(mended);
    CHECK(mended->stream() == "text");
  });
}

TEST_CASE("several coroutines share a consumer, and each entry goes to one of them") {
  stream_world world;
  consumer in(world.redis, streams("s", start::earliest()).prefetch(10));
  world.play([&]() -> asio::awaitable<void> {
    std::vector<int> all;
    std::map<int, int> by_whom;
    for (int i = 0; i < 8; ++i) {
      world.beside([&, i]() -> asio::awaitable<void> {
        for (;;) {
          const auto next = co_await in.get_entry();
          if (!next) co_return;
          all.push_back(number_of(*next));
          ++by_whom[i];
          co_await pause(1ms);
        }
      });
    }
    co_await pause(2ms);
    world.add("s", 200);
    co_await until([&] { return all.size() == 200; });
    in.close();
    std::sort(all.begin(), all.end());
    CHECK(all == series(200));
    CHECK(by_whom.size() == 8);
  });
}

}  // namespace
