// Brokers that are out of reach, and what cannot be helped.
#include "support/kafka_world.hpp"

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using sluice::errc;

}  // namespace

TEST_CASE("a message that cannot be stored in time says so") {
  scene::mock_world world;
  sluice::app web(world.redis, "web", scene::over(world.brokers().send_within(2s)));
  world.play([&]() -> asio::awaitable<void> {
    auto first = web.send("jobs", 1);
    co_await first.sent();
    world.cluster.take_down();
    auto lane = web.send("jobs", 2);
    const auto why = co_await scene::failure_of(lane.sent());
    CHECK((why.code() == errc::timeout || why.code() == errc::outcome_unknown));
    // The broker's last words tell what is wrong with it.
    CHECK(why.why().server_text().find("; ") != std::string::npos);
    CHECK(world.events.count<sluice::events::carrier_troubled>() > 0);
  });
}

TEST_CASE("brokers that come back are used again, by senders and by listeners") {
  scene::mock_world world;
  auto billing = world.make_app("billing");
  billing.listen("jobs", [](sluice::request& what) { return what.value(); });
  world.serve(billing);
  const auto act = [&]() -> asio::awaitable<void> {
    auto web = world.make_app("web");
    auto before = web.send("jobs", 1);
    const auto first = co_await before.read(15s);
    CHECK(first);
    world.cluster.take_down();
    auto during = web.send("jobs", 2);
    co_await scene::pause(500ms);
    world.cluster.bring_up();
    const auto second = co_await during.read(15s);
    CHECK(second);
    co_await world.stop(billing);
  };
  world.play(act, 40s);
}

TEST_CASE("more messages on their way than the queue holds are refused") {
  scene::mock_world world;
  world.cluster.take_down();
  sluice::app web(world.redis, "web",
                  scene::over(world.brokers().queue_at_most(2).send_within(500ms)));
  world.play([&]() -> asio::awaitable<void> {
    auto first = web.send("jobs", 1);
    auto second = web.send("jobs", 2);
    auto third = web.send("jobs", 3);
    const auto why = co_await scene::failure_of(third.sent());
    CHECK(why.code() == errc::overloaded);
    const auto other = co_await scene::failure_of(first.sent());
    CHECK(other.code() == errc::timeout);
  });
}

TEST_CASE("a group that the user may not join ends the app with the broker's words") {
  scene::mock_world world;
  world.cluster.refuse(11, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, 5);
  auto billing = world.make_app("billing");
  billing.listen("jobs", [](sluice::request&) {});
  world.play([&]() -> asio::awaitable<void> {
    const auto why = co_await scene::failure_of(billing.run());
    CHECK(why.code() == errc::not_permitted);
    CHECK(why.why().group() == "billing");
    CHECK(why.why().server_text().find("authorization") != std::string::npos);
  });
}

TEST_CASE("what refuses a commit only delays it") {
  scene::mock_world world;
  world.peer.write("jobs", scene::written_by_streamback(0));
  auto billing = world.make_app("billing");
  int handled = 0;
  billing.listen("jobs", [&](sluice::request&) { ++handled; });
  world.serve(billing);
  world.play([&]() -> asio::awaitable<void> {
    co_await scene::until([&] { return handled == 1; });
    world.cluster.refuse(8, RD_KAFKA_RESP_ERR_GROUP_LOAD_IN_PROGRESS, 1);
    world.peer.write("jobs", scene::written_by_streamback(1));
    co_await scene::until([&] { return world.peer.committed("billing", "jobs").offset == 2; });
    co_await world.stop(billing);
  });
  CHECK(handled == 2);
}

TEST_CASE("a name that no topic can have is refused") {
  scene::mock_world world;
  auto web = world.make_app("web");
  web.listen("^jobs", [](sluice::request&) {});
  world.play([&]() -> asio::awaitable<void> {
    auto lane = web.send("jobs of today", 1);
    const auto why = co_await scene::failure_of(lane.sent());
    CHECK(why.code() == errc::invalid_argument);
    const auto other = co_await scene::failure_of(web.run());
    CHECK(other.code() == errc::invalid_argument);
  });
}

TEST_CASE("a partition waits while its dead letters cannot be stored") {
  scene::mock_world world;
  world.peer.write("jobs", "no JSON");
  world.peer.write("jobs", scene::written_by_streamback(1));
  sluice::app billing(world.redis, "billing", scene::over(world.brokers().send_within(200ms)));
  int handled = 0;
  billing.listen("jobs", [&](sluice::request&) { ++handled; });
  world.serve(billing);
  constexpr int produce = 0;
  world.cluster.refuse(produce, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, 2);
  world.play([&]() -> asio::awaitable<void> {
    co_await scene::until(
        [&] { return world.events.count<sluice::events::carrier_troubled>() > 1; });
    CHECK(handled == 0);
    co_await scene::until([&] { return handled == 1; });
    co_await world.stop(billing);
  });
  CHECK(world.peer.read("jobs.dead", 1).size() == 1);
  CHECK(world.peer.committed("billing", "jobs").offset == 2);
}

TEST_CASE("whoever is slow to ask is not put out of the group while its executor lives") {
  scene::mock_world world;
  const auto how = world.brokers().property("max.poll.interval.ms", "4000");
  sluice::app billing(world.redis, "billing", scene::over(how));
  int handled = 0;
  billing.listen("jobs", [&](sluice::request&) { ++handled; });
  world.serve(billing);
  world.play([&]() -> asio::awaitable<void> {
    co_await scene::pause(10s);
    CHECK(world.events.count<sluice::events::carrier_troubled>() == 0);
    world.peer.write("jobs", scene::written_by_streamback(1));
    co_await scene::until([&] { return handled == 1; });
    co_await world.stop(billing);
  });
}

TEST_CASE("the io_context may end first, in the middle of everything") {
  scene::mock_world world;
  world.peer.write("jobs", scene::written_by_streamback(0));
  bool begun = false;
  std::optional<sluice::app> billing;
  std::optional<sluice::app> web;
  std::optional<sluice::feedback_lane> lane;
  {
    asio::io_context io;
    const sluice::client redis(io.get_executor(), world.server.url());
    billing.emplace(redis, "billing", scene::over(world.brokers()));
    web.emplace(redis, "web", scene::over(world.brokers()));
    const auto work = [&](sluice::request&) -> asio::awaitable<void> {
      begun = true;
      co_await scene::pause(1h);
    };
    billing->listen("jobs", work);
    scene::beside(io, [&] { return billing->run(); });
    scene::play(io, [&]() -> asio::awaitable<void> {
      co_await scene::until([&] { return begun; });
      lane = web->send("jobs", 1);
      co_await scene::pause(0ms);
    });
  }
  CHECK(begun);
}

TEST_CASE("once its apps are stopped nothing keeps the io_context busy") {
  scene::mock_world world;
  {
    auto billing = world.make_app("billing");
    billing.listen("jobs", [](sluice::request& what) { return what.value(); });
    world.serve(billing);
    world.play([&]() -> asio::awaitable<void> {
      auto lane = billing.send("jobs", 1);
      const auto answer = co_await lane.read(15s);
      CHECK(answer);
      billing.stop();
    });
  }
  world.redis.stop();
  scene::play_out(world.io);
}
