// What Python's libraries send, byte by byte, and what members here make of it. The files hold what
// redis-py 4.3.4 puts on the wire for a producer and a consumer of telstar 1.1.3, and for a sink
// and a heart of streamz_redis 0.1.0.

#include "integration/testing_raw_client.hpp"
#include "support/topic_world.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace {

using namespace scene;
namespace json = boost::json;
using sluice::group;
using sluice::group_consumer;
using lines = std::vector<std::string>;

std::string recorded(const std::string& name) {
  std::ifstream file(std::filesystem::path(SLUICE_RECORDED) / name, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Somebody who sends what was recorded.
class peer {
 public:
  explicit peer(const private_server& server) : link_(server.socket_path()) {}
  /// Gives the server's replies.
  std::string send(const std::string& recording, std::chrono::milliseconds patience = 100ms) {
    CHECK(link_.send(recorded(recording)));
    return link_.receive(std::size_t{1} << 16U, patience);
  }

 private:
  raw_client link_;
};

TEST_CASE("a batch of telstar's producer is read, and what is no JSON in it is told") {
  topic_world world;
  peer(world.server).send("telstar_producer.resp");
  lines read;
  lines flaws;
  topic_consumer in(world.redis, member());
  in.on("orders", [&](topic_delivery& what) -> asio::awaitable<void> {
    read.push_back(what.id().to_string() + ' ' + json::serialize(what.data()));
    co_return;
  });
  in.on_error<sluice::malformed_message>([&](const auto& why, const sluice::delivery&) {
    flaws.emplace_back(why.what());
    return sluice::verdict::ack();
  });
  world.play([&]() -> asio::awaitable<void> {
    world.run(in);
    co_await until([&] { return in.counters().unfit == 1 && world.pending_in("orders") == 0; });
    in.stop();
    const lines expected{
        id_of(0) + R"( {"customer":"Zoë","total":1.25E1,"items":[1,null,true]})",
        id_of(1) + R"( {"n":9223372036854775807,"deep":{"a":{"b":[]}},"q":"\"\\\n)" + "\u2028\"}",
        id_of(2) + " []"};
    CHECK(read == expected);
    REQUIRE(flaws.size() == 1);
    CHECK(flaws.front().find("JSON") != std::string::npos);
  });
}

TEST_CASE("what telstar acknowledged is known, and its checkpoint hides nothing that is pending") {
  topic_world world;
  world.send("orders", 0, "1795229168221-1");
  world.send("orders", 1, "1795229168221-2");
  world.send("orders", 0, "1795229168221-3");
  world.make_group("orders");
  for (int n = 0; n < 3; ++n) world.give_away("orders", "c");
  peer telstar(world.server);
  CHECK(telstar.send("telstar_acknowledges.resp") ==
        "+OK\r\n+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n+OK\r\n+OK\r\n:1\r\n");
  // Of the two that are left, both before the checkpoint, one has been worked on.
  topic_consumer in(world.redis, member("c"));
  work_log log;
  in.on("orders", log.handler());
  world.play([&]() -> asio::awaitable<void> {
    world.run(in);
    co_await until([&] { return world.pending_in("orders") == 0; });
    in.stop();
  });
  CHECK(log.done() == series(1, 1));
  CHECK(in.counters().duplicates == 1);
  CHECK(world.server.command({"GET", topic_world::checkpoint_key("orders")}) == "1795229168221-2");
}

TEST_CASE("who claims by idle time, as telstar, gets nothing of a slow member that keeps leases") {
  topic_world world;
  world.send("orders", 1, "7-1");
  topic_consumer in(world.redis, member("slow").heartbeat(50ms).claim_timeout(600ms));
  std::string claimed;
  in.on("orders", [&](topic_delivery&) -> asio::awaitable<void> {
    for (int i = 0; i < 20; ++i) {
      co_await pause(50ms);
      claimed += world.server.command(
          {"XCLAIM", "telstar:stream:orders", "g", "t", "400", "7-1", "JUSTID"});
    }
  });
  world.play([&]() -> asio::awaitable<void> {
    world.run(in);
    co_await until([&] { return in.counters().settled == 1; });
    in.stop();
  });
  CHECK(claimed.empty());
}

TEST_CASE("entries of a sink of streamz_redis are read, also bytes that are no text") {
  topic_world world;
  peer(world.server).send("streamz_sink.resp");
  world.play([&]() -> asio::awaitable<void> {
    group_consumer in(world.redis, group("workers").stream("jobs"));
    auto first = co_await in.get_entry();
    CHECK(first->field("n") == "7");
    CHECK(first->field("share") == "0.5");
    CHECK(first->field("name") == "Zoë");
    CHECK(first->field("none", "missing").empty());
    auto second = co_await in.get_entry();
    CHECK(second->field("raw") == std::string_view("\0\xff\r\n", 4));
    co_await std::move(*first).ack();
    co_await std::move(*second).ack();
  });
}

TEST_CASE("a heart of streamz_redis keeps its member's entries for as long as it beats") {
  topic_world world;
  world.add("jobs", 2);
  world.server.command({"XGROUP", "CREATE", "jobs", "workers", "0"});
  world.server.command({"XREADGROUP", "GROUP", "workers", "streamz-1", "STREAMS", "jobs", ">"});
  peer heart(world.server);
  world.play([&]() -> asio::awaitable<void> {
    group_consumer in(world.redis,
                      group("workers").stream("jobs").heartbeat(50ms).claim_timeout(600ms));
    for (int i = 0; i < 15; ++i) {
      heart.send("streamz_beat.resp", 1ms);
      const auto stolen = co_await in.get_entry(100ms);
      CHECK_FALSE(stolen);
    }
    const auto found = co_await numbers(in, 2);
    CHECK(found == series(2));
    co_await in.flush();
  });
  CHECK(world.pending("jobs", "workers") == 0);
}

}  // namespace
