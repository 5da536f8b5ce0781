// Brokers that go away and come back, under senders, under listeners, and at the end.
#include "support/kafka_world.hpp"

#include <algorithm>
#include <set>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using sluice::errc;
using sluice::send_options;
using std::chrono::steady_clock;

/// Is away for moments, with longer ones in between.
asio::awaitable<void> flicker(scene::mock_world& world, bool& over) {
  for (int round = 0; round < 6; ++round) {
    world.cluster.take_down();
    co_await scene::pause(100ms + round * 20ms);
    world.cluster.bring_up();
    co_await scene::pause(300ms + round * 70ms);
  }
  over = true;
}

/// Watches how long others on the executor have to wait for their turn.
struct turn_watch {
  asio::awaitable<void> run() {
    while (goes_on) {
      const auto before = steady_clock::now();
      co_await scene::pause(5ms);
      longest = std::max(longest, steady_clock::now() - before);
    }
  }

  bool goes_on = true;
  steady_clock::duration longest{0};
};

/// Sends the next of a series, each once the one before is stored; returns how many it then has.
asio::awaitable<int> send_jobs(sluice::app& web, int first, int count) {
  for (int n = first; n < first + count; ++n) {
    auto lane = web.send("jobs", n, send_options().one_way());
    co_await lane.sent();
  }
  co_return first + count;
}

/// Until the brokers know the sender, which takes a busy machine longer than some deadlines here.
asio::awaitable<void> warm_up(sluice::app& web) {
  bool stored = false;
  while (!stored) {
    auto lane = web.send("jobs", "first", send_options().one_way());
    auto waiting = lane.sent();
    const auto outcome = co_await sluice::as_result(std::move(waiting));
    stored = outcome.has_value();
  }
}

}  // namespace

TEST_CASE("brokers that flicker lose no message, and see no commit too early") {
  scene::mock_world world;
  auto billing = world.make_app("billing");
  std::set<int> done;
  bool held = true;
  const auto work = [&](sluice::request& what) -> asio::awaitable<void> {
    const auto n = static_cast<int>(what.value().as_int64());
    while (held && n == 5) co_await scene::pause(2ms);
    done.insert(n);
  };
  billing.listen("jobs", work, sluice::listener_options().concurrency(4));
  world.serve(billing);
  const auto act = [&]() -> asio::awaitable<void> {
    auto web = world.make_app("web");
    int all = co_await send_jobs(web, 0, 1);
    co_await scene::until([&] { return done.size() == 1; });
    bool over = false;
    world.beside([&] { return flicker(world, over); });
    while (!over) {
      all = co_await send_jobs(web, all, 10);
      co_await scene::pause(100ms);
    }
    const auto wanted = static_cast<std::size_t>(all);
    co_await scene::until([&] { return done.size() == wanted - 1; }, 30s);
    // All but one are done with, and that one holds what lies behind it.
    co_await scene::until([&] { return world.peer.committed("billing", "jobs").offset == 5; }, 20s);
    held = false;
    co_await scene::until([&] { return world.peer.committed("billing", "jobs").offset == all; },
                          20s);
    CHECK(world.peer.count("jobs") == wanted);
    co_await world.stop(billing);
  };
  world.play(act, 100s);
}

TEST_CASE("while no broker is there sends fail at their deadline, and every wait ends") {
  scene::mock_world world;
  sluice::app web(world.redis, "web", scene::over(world.brokers().send_within(1s)));
  world.play([&]() -> asio::awaitable<void> {
    co_await warm_up(web);
    world.cluster.take_down();
    const auto begin = steady_clock::now();
    std::vector<sluice::feedback_lane> lanes;
    for (int n = 0; n < 20; ++n) lanes.push_back(web.send("jobs", n));
    for (auto& each : lanes) {
      const auto why = co_await scene::failure_of(each.read(15s));
      CHECK((why.code() == errc::timeout || why.code() == errc::outcome_unknown));
      CHECK(why.why().stream() == "jobs");
      CHECK_FALSE(why.why().server_text().empty());
    }
    const auto took = steady_clock::now() - begin;
    CHECK(took >= 900ms);
    CHECK(took < 8s);
  });
}

TEST_CASE("an app stops though no broker is there any more, and holds nobody up") {
  scene::mock_world world;
  turn_watch others;
  for (int n = 0; n < 3; ++n) world.peer.write("jobs", scene::written_by_streamback(n));
  auto billing = world.make_app("billing");
  int begun = 0;
  int done = 0;
  bool held = true;
  const auto work = [&](sluice::request&) -> asio::awaitable<void> {
    ++begun;
    while (held) co_await scene::pause(2ms);
    ++done;
  };
  billing.listen("jobs", work);
  world.serve(billing);
  world.play([&]() -> asio::awaitable<void> {
    co_await scene::until([&] { return begun == 1; });
    world.cluster.take_down();
    world.beside([&] { return others.run(); });
    billing.stop();
    held = false;
    const auto begin = steady_clock::now();
    co_await scene::until([&] { return world.served == 0; }, 15s);
    CHECK(steady_clock::now() - begin < 12s);
    CHECK(others.longest < 500ms);
    others.goes_on = false;
    world.cluster.bring_up();
  });
  // What it could not commit comes again.
  CHECK(done == 1);
  CHECK(world.peer.committed("billing", "jobs").offset == 0);
}

TEST_CASE("an app may begin before its brokers") {
  scene::mock_world world;
  world.cluster.take_down();
  auto billing = world.make_app("billing");
  billing.listen("jobs", [](sluice::request& what) { return what.value(); });
  world.serve(billing);
  world.play([&]() -> asio::awaitable<void> {
    auto lane = billing.send("jobs", 7);
    co_await scene::pause(500ms);
    world.cluster.bring_up();
    const auto answer = co_await lane.read(15s);
    REQUIRE(answer);
    CHECK(*answer == 7);
    co_await world.stop(billing);
  });
}

TEST_CASE("what a destroyed app could not send is given up at its deadline") {
  scene::mock_world world;
  {
    sluice::app web(world.redis, "web", scene::over(world.brokers().send_within(1s)));
    world.play([&]() -> asio::awaitable<void> {
      co_await warm_up(web);
      world.cluster.take_down();
      web.send("jobs", 1, send_options().one_way());
      co_await scene::pause(0ms);
    });
  }
  world.redis.stop();
  scene::play_out(world.io);
}
