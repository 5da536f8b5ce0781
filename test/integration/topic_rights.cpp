// The rights that docs/guarantees.md calls enough for topics are enough.

#include "support/catch.hpp"
#include "support/topic_world.hpp"

namespace {

using namespace scene;

// What the guarantees print, for streams and for topics.
std::string enough_rights() {
  return "worker on >secret resetkeys ~telstar:* ~sluice:probe:* resetchannels "
         "+hello +ping +client|setname +client|tracking +command|info +set "
         "+xlen +xadd +xread +xreadgroup +xack +xgroup|create +xinfo|stream +xrevrange "
         "+multi +exec +get +evalsha +eval +xpending +exists +hget +hset +expire";
}

TEST_CASE("these rights are enough to send, to work, to pass over and to run a job") {
  topic_world world(server_options().acl_line(enough_rights()));
  auto how = world.options(world.server.url());
  sluice::client redis(world.io.get_executor(), how.credentials("worker", "secret"));
  sluice::topic_producer out(redis);
  topic_consumer in(redis, member().on_unfit(sluice::unfit::acknowledge));
  topic_consumer job(redis, topic_group("job"));
  work_log log, job_log;
  in.on("orders", log.handler());
  job.on("orders", job_log.handler());
  world.play([&]() -> asio::awaitable<void> {
    const boost::json::object data{{"n", 1}};
    const sluice::topic_message what(*sluice::uuid::parse(id_of(1)), data);
    co_await out.send("orders", what);
    co_await out.send("orders", what);
    const bool done = co_await job.run_once();
    CHECK(done);
    world.server.command({"XADD", topic_world::stream("orders"), "*", "data", "{}"});
    world.run(in);
    co_await until([&] { return in.counters().unfit == 1 && in.counters().duplicates == 1; });
    co_await until([&] { return world.pending_in("orders") == 0; });
    in.stop();
    CHECK(log.done() == std::vector<int>{1});
    CHECK(job_log.done() == std::vector<int>{1});
  });
}

TEST_CASE("a message whose acknowledgement is refused is not taken for settled, and comes again") {
  topic_world world(server_options().acl_line(enough_rights() + " -xack"));
  world.send("orders", 1);
  world.make_group("orders");
  world.play([&]() -> asio::awaitable<void> {
    auto how = world.options(world.server.url());
    sluice::client redis(world.io.get_executor(), how.credentials("worker", "secret"));
    topic_consumer in(redis, member());
    in.on("orders", [](topic_delivery& what) -> asio::awaitable<void> { co_await what.settle(); });
    const auto why = co_await failure_of(in.run());
    CHECK(why.code() == sluice::errc::not_permitted);
    CHECK_FALSE(world.seen("orders", 1));
    CHECK(world.pending_in("orders") == 1);
    world.server.command({"ACL", "SETUSER", "worker", "+xack"});
    topic_consumer again(redis, member());
    work_log log;
    again.on("orders", log.handler());
    world.run(again);
    co_await until([&] { return again.counters().settled == 1; });
    again.stop();
    CHECK(log.done() == std::vector<int>{1});
    CHECK(world.seen("orders", 1));
  });
}

}  // namespace
