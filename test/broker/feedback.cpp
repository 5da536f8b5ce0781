// Services that send each other messages over Kafka, and answer over Redis.
#include "support/kafka_world.hpp"

namespace {

namespace json = boost::json;
namespace asio = boost::asio;
using namespace std::chrono_literals;

}  // namespace

TEST_CASE("a request goes over Kafka and its answers come over Redis") {
  scene::kafka_world world;
  auto billing = world.make_app(world.billing);
  billing.listen(world.jobs, [](sluice::request& what) { return what.value().as_int64() * 2; });
  world.serve(billing);
  world.play([&]() -> asio::awaitable<void> {
    auto web = world.make_app("web");
    auto lane = web.send(world.jobs, 21);
    const auto answer = co_await lane.read(15s);
    REQUIRE(answer);
    CHECK(*answer == json::value(42));
    const auto after = co_await lane.read(10s);
    CHECK_FALSE(after);
    co_await world.stop(billing);
  });
  CHECK(world.peer.committed(world.billing, world.jobs).offset == 1);
}

TEST_CASE("what a listener failed of is told to whoever sent the message") {
  scene::kafka_world world;
  auto printing = world.make_app("printing");
  printing.listen(world.jobs, [](sluice::request&) { throw std::runtime_error("out of paper"); });
  world.serve(printing);
  world.play([&]() -> asio::awaitable<void> {
    auto web = world.make_app("web");
    auto lane = web.send(world.jobs, "a page");
    auto reading = lane.read(15s);
    const auto answer = co_await sluice::as_result(std::move(reading));
    REQUIRE(answer.has_error());
    CHECK(answer.error().code() == sluice::error::feedback_error);
    CHECK(answer.error().why().server_text() == "out of paper");
    co_await world.stop(printing);
  });
}

TEST_CASE("messages of streamback's processes are understood") {
  scene::kafka_world world;
  world.peer.write(world.jobs, scene::written_by_streamback(7));
  auto billing = world.make_app(world.billing);
  std::string from;
  billing.listen(world.jobs, [&](sluice::request& what) {
    CHECK(what.value() == json::value(7));
    CHECK_FALSE(what.answerable());
    from = what.source_group();
  });
  world.serve(billing);
  world.play([&]() -> asio::awaitable<void> {
    co_await scene::until([&] { return !from.empty(); });
    co_await world.stop(billing);
  });
  CHECK(from == "python");
}

TEST_CASE("a message without an open lane is stored though its app is gone at once") {
  scene::kafka_world world;
  world.play([&]() -> asio::awaitable<void> {
    {
      auto web = world.make_app("web");
      web.send(world.jobs, 1);
      co_await scene::pause(0ms);
    }
    const auto written = world.peer.read(world.jobs, 1);
    CHECK(written.size() == 1);
  });
}
