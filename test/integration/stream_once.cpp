// A producer with a name: what is asked for again is not added again.

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

struct named_world : stream_world {
  explicit named_world(const server_options& how = server_options())
      : stream_world(how), out(redis) {
    out.named("billing");
  }
  std::string length(const std::string& stream = "s") { return server.command({"XLEN", stream}); }

  producer out;
};

TEST_CASE("a named producer adds as any other: options, order, many, and what is sent") {
  named_world world;
  auto& out = world.out;
  world.play([&]() -> asio::awaitable<void> {
    const auto id = co_await out.add("s", fields("n", "0", "odd", "\r\n\0"sv));
    CHECK(world.server.command({"XRANGE", "s", "-", "+"}) ==
          id.to_string() + "\nn\n0\nodd\n\r\n\0"s);
    std::vector<fields> many;
    for (int i = 1; i < 2'500; ++i) many.push_back(fields("n", std::to_string(i)));
    const auto ids = co_await out.add_many("s", many);
    CHECK(ids.size() == many.size());
    CHECK(std::is_sorted(ids.begin(), ids.end()));
    for (int i = 2'500; i < 4'000; ++i) co_await out.send("s", fields("n", std::to_string(i)));
    co_await out.flush();
    sluice::consumer in(world.redis, sluice::streams("s", sluice::start::earliest()));
    const auto found = co_await numbers(in, 4'000);
    CHECK(found == series(4'000));
  });
  CHECK(world.redis.counters().entries_added == 4'000);
}

TEST_CASE("at most once, ids of one's own, cuts and existing streams are kept as ever") {
  named_world world;
  auto& out = world.out;
  world.play([&]() -> asio::awaitable<void> {
    const auto none =
        co_await failure_of(out.add("s", fields("a", "b"), add_options().only_existing()));
    CHECK(none.code() == errc::no_such_key);
    const auto id = co_await out.add("s", fields("a", "b"), add_options().id(entry_id(5, 5)));
    CHECK(id == entry_id(5, 5));
    const auto small =
        co_await failure_of(out.add("s", fields("a", "b"), add_options().id(entry_id(5, 5))));
    CHECK(small.code() == errc::invalid_argument);
    CHECK(small.why().stream() == "s");
    const std::vector<fields> many(20, fields("a", "b"));
    co_await out.add_many("s", many, add_options().cut(trim::max_length(7).exactly()));
    CHECK(world.length() == "7");
  });
}

TEST_CASE("many coroutines that add at once leave in few writes, in order") {
  named_world world;
  int done = 0;
  world.play([&]() -> asio::awaitable<void> {
    co_await world.redis.connect();
    const auto before = world.redis.counters().writes;
    for (int i = 0; i < 500; ++i) {
      world.beside([&, i]() -> asio::awaitable<void> {
        co_await world.out.add("s", fields("n", std::to_string(i)));
        ++done;
      });
    }
    co_await until([&] { return done == 500; });
    CHECK(world.redis.counters().writes - before < 20);
    sluice::consumer in(world.redis, sluice::streams("s", sluice::start::earliest()));
    const auto found = co_await numbers(in, 500);
    CHECK(found == series(500));
  });
}

TEST_CASE("a key of one's own is added once, also by another process of that name") {
  named_world world;
  auto elsewhere = world.connect(world.server.url());
  producer another(elsewhere);
  another.named("billing");
  producer stranger(elsewhere);
  stranger.named("shipping");
  world.play([&]() -> asio::awaitable<void> {
    const auto how = add_options().once("order-17");
    const auto first = co_await world.out.add("s", fields("n", "1"), how);
    const auto again = co_await world.out.add("s", fields("n", "2"), how);
    CHECK(again == first);
    const auto there = co_await another.add("s", fields("n", "3"), how);
    CHECK(there == first);
    co_await another.send("s", fields("n", "4"), how);
    co_await another.flush();
    CHECK(world.length() == "1");
    const auto other_name = co_await stranger.add("s", fields("n", "5"), how);
    CHECK(other_name != first);
    const auto other_key =
        co_await world.out.add("s", fields("n", "6"), add_options().once("order-18"));
    CHECK(other_key != first);
    co_await world.out.add("t", fields("n", "7"), how);
    CHECK(world.length() == "3");
    CHECK(world.length("t") == "1");
  });
}

TEST_CASE("one key may stand for several entries") {
  named_world world;
  world.play([&]() -> asio::awaitable<void> {
    const auto how = add_options().once("batch \r\n 1");
    std::vector<fields> many;
    for (int i = 0; i < 1'000; ++i) many.push_back(fields("n", std::to_string(i)));
    const auto first = co_await world.out.add_many("s", many, how);
    const auto again = co_await world.out.add_many("s", many, how);
    CHECK(first.size() == 1'000);
    CHECK(again == first);
    CHECK(world.length() == "1000");
    many.push_back(fields("n", "1000"));
    CHECK(code_of([&] { (void)world.out.add_many("s", many, how); }) == errc::invalid_argument);
  });
}

TEST_CASE("a key is forgotten when its time is over, counted from its last use") {
  stream_world world;
  producer out(world.redis);
  out.named("billing", 1s);
  world.play([&]() -> asio::awaitable<void> {
    const auto how = add_options().once("k");
    co_await out.add("s", fields("n", "1"), how);
    world.server.command({"PEXPIRE", "s:once:billing:k", "100"});
    co_await out.add("s", fields("n", "1"), how);
    CHECK(std::stoi(world.server.command({"PTTL", "s:once:billing:k"})) > 500);
    world.server.command({"PEXPIRE", "s:once:billing:k", "1"});
    co_await pause(20ms);
    co_await out.add("s", fields("n", "2"), how);
    CHECK(world.server.command({"XLEN", "s"}) == "2");
  });
}

TEST_CASE("a key needs a producer with a name") {
  stream_world world;
  producer out(world.redis);
  const auto how = add_options().once("k");
  CHECK(code_of([&] { (void)out.add("s", fields("a", "b"), how); }) == errc::invalid_argument);
  CHECK(code_of([&] { out.named("a:b"); }) == errc::invalid_argument);
  CHECK(code_of([&] { out.named("a", 10ms); }) == errc::invalid_argument);
}

TEST_CASE("the records of a producer stay few and expire") {
  named_world world;
  world.play([&]() -> asio::awaitable<void> {
    for (int i = 0; i < 3'000; ++i) co_await world.out.send("s", fields("n", "1"));
    co_await world.out.flush();
    for (int i = 0; i < 300; ++i) co_await world.out.add("s", fields("n", "1"));
  });
  const auto record = world.server.command({"KEYS", "s:once:billing#*"});
  REQUIRE(record.find('\n') == std::string::npos);
  CHECK(std::stoi(world.server.command({"HLEN", record})) < 2'800);
  CHECK(std::stol(world.server.command({"PTTL", record})) > 86'000'000);
  world.play([&]() -> asio::awaitable<void> {
    for (int i = 0; i < 3'000; ++i) co_await world.out.add("s", fields("n", "1"));
  });
  CHECK(std::stoi(world.server.command({"HLEN", record})) < 200);
}

TEST_CASE("its records ring no bells on its own connection") {
  named_world world;
  world.play([&]() -> asio::awaitable<void> {
    co_await world.redis.connect();
    const auto before = world.redis.counters().pushes;
    for (int i = 0; i < 200; ++i) co_await world.out.add("s", fields("n", "1"));
    CHECK(world.redis.counters().pushes == before);
  });
}

TEST_CASE("a server that lost its scripts is given the script again, and order is kept") {
  named_world world;
  auto& out = world.out;
  world.play([&]() -> asio::awaitable<void> {
    co_await out.add("s", fields("n", "0"));
    world.server.command({"SCRIPT", "FLUSH"});
    co_await out.add("s", fields("n", "1"));
    world.server.command({"SCRIPT", "FLUSH"});
    const std::vector<fields> two{fields("n", "2"), fields("n", "3")};
    co_await out.add_many("s", two);
    world.server.command({"SCRIPT", "FLUSH"});
    co_await out.send("s", fields("n", "4"));
    co_await out.flush();
    co_await out.send("s", fields("n", "5"));
    co_await out.flush();
    sluice::consumer in(world.redis, sluice::streams("s", sluice::start::earliest()));
    const auto found = co_await numbers(in, 6);
    CHECK(found == series(6));
  });
}

TEST_CASE(
    "what is wrong with the stream, or stands where its records go, is said and adds nothing") {
  named_world world;
  auto& out = world.out;
  world.play([&]() -> asio::awaitable<void> {
    world.server.command({"SET", "text", "x"});
    const auto type = co_await failure_of(out.add("text", fields("a", "b")));
    CHECK(type.code() == errc::wrong_type);
    CHECK(type.why().stream() == "text");
    world.server.command({"DEL", "text"});
    co_await out.add("text", fields("a", "b"));

    world.server.command({"LPUSH", "s:once:billing:k", "x"});
    const auto record =
        co_await failure_of(out.add("s", fields("a", "b"), add_options().once("k")));
    CHECK(record.code() == errc::wrong_type);
    CHECK(world.length() == "0");

    co_await out.send("s:once:billing:k", fields("a", "b"));
    const auto sent = co_await failure_of(out.flush());
    CHECK(sent.code() == errc::wrong_type);
  });
}

TEST_CASE("an attempt that was refused is not remembered") {
  named_world world;
  auto& out = world.out;
  world.play([&]() -> asio::awaitable<void> {
    co_await world.redis.connect();
    const auto how = add_options().once("k");
    world.server.command({"SET", "s", "x"});
    const auto type = co_await failure_of(out.add("s", fields("a", "b"), how));
    CHECK(type.code() == errc::wrong_type);
    world.server.command({"DEL", "s"});
    world.server.command({"CONFIG", "SET", "maxmemory", "1"});
    const auto memory = co_await failure_of(out.add("s", fields("a", "b"), how));
    CHECK(memory.code() == errc::out_of_memory);
    world.server.command({"CONFIG", "SET", "maxmemory", "0"});
    const auto first = co_await out.add("s", fields("a", "b"), how);
    const auto again = co_await out.add("s", fields("a", "b"), how);
    CHECK(again == first);
    CHECK(world.length() == "1");
  });
}

TEST_CASE("without one of the rights that a name takes nothing is added, and the error says so") {
  const auto right = GENERATE("evalsha"s, "xadd"s, "hsetnx"s, "hset"s);
  stream_world world(server_options().acl_line("w on >secret ~* &* +@all -" + right));
  auto how = world.options(world.server.url());
  sluice::client redis(world.io.get_executor(), how.credentials("w", "secret"));
  producer out(redis);
  out.named("billing");
  world.play([&]() -> asio::awaitable<void> {
    const auto why = co_await failure_of(out.add("s", fields("a", "b")));
    INFO(right << ": " << why.what());
    CHECK(why.code() == errc::not_permitted);
    CHECK(world.server.command({"EXISTS", "s"}) == "0");
  });
}

TEST_CASE("with a name too, what is stored but not as durable as asked is said with its id") {
  stream_world world;
  producer out(world.redis, durability::replicas(1, 10ms));
  out.named("billing");
  world.play([&]() -> asio::awaitable<void> {
    const auto why = co_await failure_of(out.add("s", fields("a", "b"), add_options().once("k")));
    CHECK(why.code() == errc::too_few_replicas);
    CHECK_FALSE(why.why().id().empty());
    const auto again = co_await failure_of(out.add("s", fields("a", "b"), add_options().once("k")));
    CHECK(again.why().id() == why.why().id());
    CHECK(world.server.command({"XLEN", "s"}) == "1");
    for (int i = 0; i < 3; ++i) co_await out.send("s", fields("a", "b"));
    const auto sent = co_await failure_of(out.flush());
    CHECK(sent.why().message().find("3 entries") != std::string::npos);
  });
}

TEST_CASE("a name may be given while the link is up") {
  stream_world world;
  producer out(world.redis);
  world.play([&]() -> asio::awaitable<void> {
    co_await out.add("s", fields("n", "0"));
    out.named("late");
    co_await out.add("s", fields("n", "1"));
    CHECK(world.server.command({"XLEN", "s"}) == "2");
    CHECK(world.server.command({"KEYS", "s:once:late#*"}).size() > 5);
  });
}

TEST_CASE("an entry of as many fields as a name allows is added") {
  named_world world;
  fields large;
  for (int i = 0; i < 3'900; ++i) large.add("f", "v");
  world.play([&]() -> asio::awaitable<void> {
    const auto how = add_options().cut(trim::max_length(10).limit(5));
    co_await world.out.add("s", large, how);
    const std::vector<fields> two{fields("a", "b"), large};
    co_await world.out.add_many("s", two, how);
    CHECK(world.length() == "3");
  });
}

}  // namespace
