// Adding entries: what arrives, in which order, and what is said when it does not.

#include "support/catch.hpp"
#include "support/stream_world.hpp"

#include <string>
#include <vector>

namespace {

using namespace scene;
using namespace std::literals;
using sluice::add_options;
using sluice::durability;
using sluice::entry_id;
using sluice::errc;
using sluice::fields;
using sluice::producer;
using sluice::trim;

TEST_CASE("an entry that is added is stored under the id that was given") {
  stream_world world;
  producer out(world.redis);
  world.play([&]() -> asio::awaitable<void> {
    const auto id = co_await out.add("orders", fields("customer", "c-17", "total", "12.50"));
    CHECK(world.server.command({"XRANGE", "orders", "-", "+"}) ==
          id.to_string() + "\ncustomer\nc-17\ntotal\n12.50");
  });
  CHECK(world.redis.counters().entries_added == 1);
}

TEST_CASE("names and values of any bytes and duplicates in order come back as they were") {
  stream_world world;
  producer out(world.redis);
  const std::string odd("\r\n\0*3\r\n\xff", 8);
  sluice::consumer in(world.redis, sluice::streams("s", sluice::start::earliest()));
  world.play([&]() -> asio::awaitable<void> {
    const fields what("a", "1", "a", odd, odd, "", "", "x");
    co_await out.add("s", what);
    const auto got = co_await in.get_entry();
    REQUIRE(got);
    std::vector<std::pair<std::string, std::string>> found;
    for (const auto& [name, value] : got->fields()) found.emplace_back(name, value);
    const std::vector<std::pair<std::string, std::string>> wanted{
        {"a", "1"}, {"a", odd}, {odd, ""}, {"", "x"}};
    CHECK(found == wanted);
    CHECK(got->size() == 4);
    CHECK(got->field("a") == "1");
    CHECK(got->field("b", "none") == "none");
    CHECK_FALSE(got->find("b"));
    CHECK(got->find("").value_or("?") == "x");
  });
}

TEST_CASE("entries of one call are added in order, with nothing between them") {
  stream_world world;
  producer out(world.redis);
  world.play([&]() -> asio::awaitable<void> {
    std::vector<fields> many;
    for (int i = 0; i < 500; ++i) many.push_back(fields("n", std::to_string(i)));
    const auto before = world.redis.counters().writes;
    const auto ids = co_await out.add_many("s", many);
    REQUIRE(ids.size() == 500);
    CHECK(std::is_sorted(ids.begin(), ids.end()));
    CHECK(world.redis.counters().writes - before < 20);
    sluice::consumer in(world.redis, sluice::streams("s", sluice::start::earliest()));
    const auto found = co_await numbers(in, 500);
    CHECK(found == series(500));
  });
}

TEST_CASE("an entry without fields, and no entries at all, are refused when they are given") {
  stream_world world;
  producer out(world.redis);
  CHECK(code_of([&] { (void)out.add("s", fields()); }) == errc::invalid_argument);
  CHECK(code_of([&] { (void)out.add("", fields("a", "b")); }) == errc::invalid_argument);
  CHECK(code_of([&] { (void)out.add_many("s", {}); }) == errc::invalid_argument);
  CHECK(code_of([&] { out.window(0, 1); }) == errc::invalid_argument);
  const auto same = add_options().id(entry_id(1));
  CHECK(code_of([&] {
          (void)out.add_many("s", {fields("a", "b"), fields("c", "d")}, same);
        }) == errc::invalid_argument);
}

TEST_CASE("an id of one's own is kept, and one that does not grow is a bad argument") {
  stream_world world;
  producer out(world.redis);
  world.play([&]() -> asio::awaitable<void> {
    const auto id = co_await out.add("s", fields("a", "b"), add_options().id(entry_id(5, 5)));
    CHECK(id == entry_id(5, 5));
    const auto again = add_options().id(entry_id(5, 5));
    const auto why = co_await failure_of(out.add("s", fields("a", "b"), again));
    CHECK(why.code() == errc::invalid_argument);
    CHECK(why.why().stream() == "s");
    CHECK_FALSE(why.why().server_text().empty());
  });
}

TEST_CASE("a stream that was not to be made is missed by name") {
  stream_world world;
  producer out(world.redis);
  world.play([&]() -> asio::awaitable<void> {
    const auto how = add_options().only_existing();
    const auto why = co_await failure_of(out.add("s", fields("a", "b"), how));
    CHECK(why.code() == errc::no_such_key);
    CHECK(why.why().stream() == "s");
    CHECK(world.server.command({"EXISTS", "s"}) == "0");
    co_await out.add("s", fields("a", "b"));
    co_await out.add("s", fields("a", "b"), how);
    CHECK(world.server.command({"XLEN", "s"}) == "2");
  });
}

TEST_CASE("a cut keeps what it says, exactly or about") {
  stream_world world(server_options().config("stream-node-max-entries", "10"));
  producer out(world.redis);
  world.add("s", 100);
  world.play([&]() -> asio::awaitable<void> {
    const auto length = [&] { return std::stoi(world.server.command({"XLEN", "s"})); };
    co_await out.add("s", fields("a", "b"), add_options().cut(trim::max_length(95).limit(3)));
    CHECK(length() == 101);
    co_await out.add("s", fields("a", "b"), add_options().cut(trim::max_length(50)));
    CHECK(length() >= 50);
    CHECK(length() < 65);
    co_await out.add("s", fields("a", "b"), add_options().cut(trim::max_length(7).exactly()));
    CHECK(length() == 7);
    const auto id = co_await out.add("s", fields("a", "b"));
    co_await out.add("s", fields("a", "b"), add_options().cut(trim::min_id(id).exactly()));
    CHECK(length() == 2);
  });
}

TEST_CASE("what is wrong with the key is said as what it is") {
  stream_world world;
  world.server.command({"SET", "text", "x"});
  producer out(world.redis);
  world.play([&]() -> asio::awaitable<void> {
    const auto why = co_await failure_of(out.add("text", fields("a", "b")));
    CHECK(why.code() == errc::wrong_type);
    CHECK(why.why().stream() == "text");
    CHECK(why.why().command() == "XADD");
  });
}

TEST_CASE("without memory nothing is added, and the error says so") {
  stream_world world;
  producer out(world.redis);
  world.play([&]() -> asio::awaitable<void> {
    co_await world.redis.connect();
    world.server.command({"CONFIG", "SET", "maxmemory", "1"});
    const auto why = co_await failure_of(out.add("s", fields("a", "b")));
    CHECK(why.code() == errc::out_of_memory);
    world.server.command({"CONFIG", "SET", "maxmemory", "0"});
    co_await out.add("s", fields("a", "b"));
  });
}

TEST_CASE("sent entries are all there after a flush, in order, through a window of few") {
  stream_world world;
  producer out(world.redis);
  out.window(7, 1'000);
  world.play([&]() -> asio::awaitable<void> {
    for (int i = 0; i < 1'000; ++i) {
      co_await out.send("s", fields("n", std::to_string(i)));
      CHECK(world.redis.counters().in_flight <= 7);
    }
    co_await out.flush();
    sluice::consumer in(world.redis, sluice::streams("s", sluice::start::earliest()));
    const auto found = co_await numbers(in, 1'000);
    CHECK(found == series(1'000));
  });
  CHECK(world.redis.counters().entries_added == 1'000);
}

TEST_CASE("an entry larger than the window is sent alone") {
  stream_world world;
  producer out(world.redis);
  out.window(10, 100);
  world.play([&]() -> asio::awaitable<void> {
    const std::string large(5'000, 'x');
    co_await out.send("s", fields("a", large));
    co_await out.send("s", fields("a", large));
    co_await out.flush();
    CHECK(world.server.command({"XLEN", "s"}) == "2");
  });
}

TEST_CASE("a flush throws the first failure, says how many there were, and then forgets them") {
  stream_world world;
  world.server.command({"SET", "text", "x"});
  producer out(world.redis);
  world.play([&]() -> asio::awaitable<void> {
    co_await out.send("s", fields("a", "b"));
    for (int i = 0; i < 3; ++i) co_await out.send("text", fields("a", "b"));
    co_await out.send("s", fields("a", "b"));
    const auto why = co_await failure_of(out.flush());
    CHECK(why.code() == errc::wrong_type);
    CHECK(why.why().message().find("3 entries") != std::string::npos);
    CHECK(world.server.command({"XLEN", "s"}) == "2");
    co_await out.flush();
    const auto how = add_options().only_existing();
    co_await out.send("missing", fields("a", "b"), how);
    const auto missing = co_await failure_of(out.flush());
    CHECK(missing.code() == errc::no_such_key);
  });
}

TEST_CASE("a flush of nothing is done at once, and many may flush") {
  stream_world world;
  producer out(world.redis);
  int flushed = 0;
  world.play([&]() -> asio::awaitable<void> {
    co_await out.flush();
    co_await out.send("s", fields("a", "b"));
    for (int i = 0; i < 3; ++i) {
      world.beside([&]() -> asio::awaitable<void> {
        co_await out.flush();
        ++flushed;
      });
    }
    co_await until([&] { return flushed == 3; });
  });
}

TEST_CASE("what was sent is confirmed also when the producer is gone") {
  stream_world world;
  world.play([&]() -> asio::awaitable<void> {
    {
      producer out(world.redis);
      for (int i = 0; i < 50; ++i) co_await out.send("s", fields("n", std::to_string(i)));
    }
    co_await until([&] { return world.server.command({"XLEN", "s"}) == "50"; });
  });
}

TEST_CASE("adding with a client that was closed fails with closed") {
  stream_world world;
  producer out(world.redis);
  world.play([&]() -> asio::awaitable<void> {
    co_await out.add("s", fields("a", "b"));
    world.redis.stop();
    const auto added = co_await failure_of(out.add("s", fields("a", "b")));
    CHECK(added.code() == errc::closed);
    const auto sent = co_await failure_of(out.send("s", fields("a", "b")));
    CHECK(sent.code() == errc::closed);
  });
}

}  // namespace
