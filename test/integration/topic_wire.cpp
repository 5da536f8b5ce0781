// The commands themselves, as the server sees them, against those that telstar documents.

#include "integration/monitor.hpp"
#include "support/catch.hpp"
#include "support/topic_world.hpp"

namespace {

using namespace scene;

TEST_CASE("a batch is one transaction of XADDs with a message_id and data") {
  topic_world world;
  sluice::topic_producer out(world.redis);
  world.play([&]() -> asio::awaitable<void> {
    co_await world.redis.connect();
    monitor watch(world.server);
    sluice::topic_batch batch;
    const boost::json::object data{{"n", 1}};
    batch.add("orders", sluice::topic_message(*sluice::uuid::parse(id_of(1)), data));
    batch.add("bills", sluice::topic_message(*sluice::uuid::parse(id_of(2)), nullptr));
    co_await out.send_batch(batch);
    const std::vector<std::string> expected{
        R"("MULTI")",
        R"("XADD" "telstar:stream:orders" "*" "message_id" ")" + id_of(1) +
            R"(" "data" "{\"n\":1}")",
        R"("XADD" "telstar:stream:bills" "*" "message_id" ")" + id_of(2) + R"(" "data" "null")",
        R"("EXEC")"};
    CHECK(watch.commands("MULTI|XADD|EXEC") == expected);
  });
}

TEST_CASE("settling writes what telstar's acknowledging writes, in its order") {
  topic_world world;
  world.send("orders", 1, "7-1");
  monitor watch(world.server);
  topic_consumer in(world.redis, member());
  in.on("orders", work_log().handler());
  world.play([&]() -> asio::awaitable<void> {
    world.run(in);
    co_await until([&] { return in.counters().settled == 1; });
    in.stop();
    const auto seen = '"' + topic_world::seen_key("orders", 1) + '"';
    const std::vector<std::string> expected{
        R"("XGROUP" "CREATE" "telstar:stream:orders" "g" "0-0" "MKSTREAM")", R"("GET" )" + seen,
        R"("SET" )" + seen + R"( "1" "EX" "1209600")",
        R"("SET" "telstar:checkpoint:telstar:stream:orders:cg:g:c" "7-1")",
        R"("XACK" "telstar:stream:orders" "g" "7-1")"};
    std::vector<std::string> sent;
    for (const auto& each : watch.commands("XGROUP|GET|SET|XACK")) {
      if (each.find("sluice:probe") == std::string::npos) sent.push_back(each);
    }
    CHECK(sent == expected);
  });
}

TEST_CASE("what an error handler acknowledges is not marked as seen, as in telstar") {
  topic_world world;
  world.server.command({"XADD", "telstar:stream:orders", "7-1", "data", "{}"});
  monitor watch(world.server);
  topic_consumer in(world.redis, member().on_unfit(sluice::unfit::acknowledge));
  in.on("orders", work_log().handler());
  world.play([&]() -> asio::awaitable<void> {
    world.run(in);
    co_await until([&] { return in.counters().unfit == 1 && world.pending_in("orders") == 0; });
    in.stop();
    std::vector<std::string> sent;
    for (const auto& each : watch.commands("SET|XACK")) {
      if (each.find("sluice:probe") == std::string::npos) sent.push_back(each);
    }
    const std::vector<std::string> expected{
        R"("SET" "telstar:checkpoint:telstar:stream:orders:cg:g:c" "7-1")",
        R"("XACK" "telstar:stream:orders" "g" "7-1")"};
    CHECK(sent == expected);
  });
}

}  // namespace
