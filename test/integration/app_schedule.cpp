// Messages that are sent again and again, once for all processes of an app.
#include "support/chimes.hpp"
#include "support/stream_world.hpp"

#include <sluice/app/schedules.hpp>

#include <boost/json.hpp>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using scene::all_differ;
using scene::chime;
using scene::every_chime;
using scene::sent;
using scene::tower;
using sluice::every;
using sluice::missed;
using std::chrono::milliseconds;

constexpr const char* hash_key = "sluice:schedule:clocks:tower";

std::string server_ms(scene::stream_world& world, milliseconds later) {
  const auto time = world.server.command({"TIME"});
  return std::to_string(std::stoll(time) * 1'000 + later.count());
}

}  // namespace

TEST_CASE("a schedule sends its message by a cron expression") {
  scene::stream_world world;
  sluice::app clocks(world.redis, "clocks");
  std::vector<sluice::request> heard;
  const boost::json::value greeting{{"says", "ding"}};
  clocks.schedule(every("* * * * * *").in_zone("+02:00").then("chime", greeting).named("tower"));
  clocks.listen("chime", [&heard](sluice::request& what) { heard.push_back(what); });
  world.beside([&] { return clocks.run(); });
  world.play([&]() -> asio::awaitable<void> {
    co_await scene::until([&] { return heard.size() == 2; });
    CHECK(heard[0].value() == greeting);
    CHECK(heard[0].source_group() == "clocks");
    // Whoever handles it learns which time it is for.
    CHECK(heard[0].id().starts_with("clocks/tower@20"));
    CHECK(heard[0].id().ends_with(".000Z"));
    CHECK(heard[0].id() < heard[1].id());
    clocks.stop();
  });
}

TEST_CASE("each time is sent once by all processes together") {
  scene::stream_world world;
  std::vector<std::unique_ptr<tower>> towers;
  for (int i = 0; i < 5; ++i) {
    towers.push_back(std::make_unique<tower>(world.connect(world.server.url()), every_chime(20ms)));
    world.beside([&each = *towers.back()] { return each.app.run(); });
  }
  world.play([&]() -> asio::awaitable<void> {
    co_await scene::until([&] { return sent(world).size() >= 40; });
    for (const auto& each : towers) each->app.stop();
  });
  CHECK(scene::is_series(scene::times_sent(world), 20));
}

TEST_CASE("a schedule goes on when some of its processes die at any moment") {
  scene::stream_world world;
  world.play([&]() -> asio::awaitable<void> {
    tower survivor(world.connect(world.server.url()), every_chime(10ms));
    world.beside([&] { return survivor.app.run(); });
    for (int i = 0; i < 15; ++i) {
      auto link = world.connect(world.server.url());
      tower mortal(link, every_chime(10ms));
      world.beside([&]() -> asio::awaitable<void> {
        auto running = mortal.app.run();
        co_await sluice::as_result(std::move(running));
      });
      co_await scene::pause(milliseconds(11 + i));
      link.stop();
      co_await scene::pause(1ms);
    }
    survivor.app.stop();
    co_await scene::pause(20ms);
  });
  const auto times = scene::times_sent(world);
  CHECK(times.size() > 20);
  CHECK(scene::is_series(times, 10));
}

TEST_CASE("what was missed while no process was there is made up for as wanted") {
  struct choice {
    missed how;
    std::size_t expected;
  };
  for (const auto& [how, expected] :
       {choice{missed::skip, 0}, choice{missed::latest, 1}, choice{missed::all, 5}}) {
    scene::stream_world world;
    const auto hourly = chime(1h).missed(how).at_most(5).not_older_than(24h);
    world.play([&]() -> asio::awaitable<void> {
      tower before(world.redis, hourly);
      world.beside([&] { return before.app.run(); });
      co_await scene::until([&] { return world.server.command({"EXISTS", hash_key}) == "1"; });
      before.app.stop();
    });
    world.server.command({"HSET", hash_key, "last", server_ms(world, -10h - 10min)});
    world.play([&]() -> asio::awaitable<void> {
      tower after(world.redis, hourly);
      world.beside([&] { return after.app.run(); });
      co_await scene::until([&] { return after.ids.size() >= expected; });
      co_await scene::pause(30ms);
      after.app.stop();
    });
    INFO("expected " << expected);
    CHECK(sent(world).size() == expected);
  }
}

TEST_CASE("a changed schedule takes effect in all processes") {
  scene::stream_world world;
  tower old(world.connect(world.server.url()), chime(1h));
  world.beside([&] { return old.app.run(); });
  world.play([&]() -> asio::awaitable<void> {
    co_await scene::until([&] { return world.server.command({"EXISTS", hash_key}) == "1"; });
    {
      tower changed(world.redis, chime(20ms));
      world.beside([&] { return changed.app.run(); });
      co_await scene::until([&] { return sent(world).size() >= 2; });
      changed.app.stop();
      co_await scene::pause(50ms);
    }
    // The old one learns of it when it looks again, which a new link makes it do at once.
    const auto count = sent(world).size();
    world.server.command({"CLIENT", "KILL", "TYPE", "pubsub"});
    co_await scene::until([&] { return sent(world).size() >= count + 2; });
    old.app.stop();
  });
  CHECK(all_differ(sent(world)));
}

TEST_CASE("what was sent last still counts when only the message changes") {
  scene::stream_world world;
  const auto run_until_known = [&](const sluice::schedule& what, const std::string& word) {
    world.play([&]() -> asio::awaitable<void> {
      tower each(world.redis, what);
      world.beside([&] { return each.app.run(); });
      co_await scene::until([&] {
        return world.server.command({"HGET", hash_key, "task"}).find(word) != std::string::npos;
      });
      each.app.stop();
    });
    return world.server.command({"HGET", hash_key, "last"});
  };
  const auto first = run_until_known(chime(1h), "latest");
  const auto same = run_until_known(every(1h).then("chime", "louder").named("tower"), "louder");
  CHECK(same == first);
  const auto other = run_until_known(every(2h).then("chime", "rarer").named("tower"), "rarer");
  CHECK(std::stoll(other) > std::stoll(first));
}

TEST_CASE("a schedule that is removed ends in every process") {
  scene::stream_world world;
  tower one(world.connect(world.server.url()), chime(10ms));
  tower two(world.connect(world.server.url()), chime(10ms));
  world.beside([&] { return one.app.run(); });
  world.beside([&] { return two.app.run(); });
  world.play([&]() -> asio::awaitable<void> {
    co_await scene::until([&] { return sent(world).size() >= 3; });
    const bool known = co_await one.app.unschedule("tower");
    CHECK(known);
    const auto count = sent(world).size();
    co_await scene::pause(60ms);
    CHECK(sent(world).size() == count);
    CHECK(world.server.command({"SCARD", "sluice:schedules"}) == "0");
    const bool again = co_await one.app.unschedule("tower");
    CHECK_FALSE(again);
    // Until somebody begins it anew.
    one.app.schedule(chime(10ms));
    co_await scene::until([&] { return sent(world).size() > count; });
    one.app.stop();
    two.app.stop();
  });
}

TEST_CASE("a schedule goes on when the server has lost its data") {
  scene::stream_world world;
  tower only(world.redis, chime(10ms));
  world.beside([&] { return only.app.run(); });
  world.play([&]() -> asio::awaitable<void> {
    co_await scene::until([&] { return sent(world).size() >= 3; });
    world.server.command({"FLUSHALL"});
    co_await scene::until([&] { return sent(world).size() >= 3; });
    CHECK(world.server.command({"SMEMBERS", "sluice:schedules"}) == hash_key);
    only.app.stop();
  });
}

TEST_CASE("a schedule goes on when the server has been away, and sends nothing twice") {
  scene::stream_world world(scene::server_options().append_only());
  tower one(world.connect(world.server.url()), every_chime(10ms));
  tower two(world.connect(world.server.url()), every_chime(10ms));
  world.beside([&] { return one.app.run(); });
  world.beside([&] { return two.app.run(); });
  world.play([&]() -> asio::awaitable<void> {
    for (int i = 0; i < 3; ++i) {
      const auto heard = sent(world).size();
      co_await scene::until([&] { return sent(world).size() >= heard + 3; });
      world.server.kill();
      co_await scene::pause(20ms);
      world.server.start();
    }
    const auto heard = sent(world).size();
    co_await scene::until([&] { return sent(world).size() >= heard + 3; });
    one.app.stop();
    two.app.stop();
  });
  CHECK(all_differ(sent(world)));
}

TEST_CASE("times may be spread at random, and each still comes once") {
  scene::stream_world world;
  tower one(world.connect(world.server.url()), every_chime(20ms).jitter(40ms));
  tower two(world.connect(world.server.url()), every_chime(20ms).jitter(40ms));
  world.beside([&] { return one.app.run(); });
  world.beside([&] { return two.app.run(); });
  world.play([&]() -> asio::awaitable<void> {
    co_await scene::until([&] { return sent(world).size() >= 20; });
    one.app.stop();
    two.app.stop();
  });
  CHECK(all_differ(sent(world)));
}

namespace {

// A host whose clock is far off.
class wrong_clock final : public sluice::clock {
 public:
  explicit wrong_clock(std::chrono::hours by) : by_(by) {}
  time_point now() const noexcept override { return true_->now(); }
  std::chrono::system_clock::time_point wall_now() const noexcept override {
    return true_->wall_now() + by_;
  }
  std::unique_ptr<alarm> make_alarm(asio::any_io_executor executor) override {
    return true_->make_alarm(std::move(executor));
  }

 private:
  std::shared_ptr<sluice::clock> true_ = sluice::system_clock();
  std::chrono::hours by_;
};

}  // namespace

TEST_CASE("the clocks of the hosts do not matter, but the server's does") {
  scene::stream_world world;
  std::vector<std::unique_ptr<tower>> towers;
  for (const auto by : {-100'000h, 0h, 100'000h}) {
    auto how = world.options(world.server.url());
    how.time_source(std::make_shared<wrong_clock>(by));
    towers.push_back(std::make_unique<tower>(sluice::client(world.io.get_executor(), how),
                                             every("* * * * * *").then("chime").named("tower")));
    world.beside([&each = *towers.back()] { return each.app.run(); });
  }
  world.play([&]() -> asio::awaitable<void> {
    co_await scene::until([&] { return sent(world).size() >= 2; });
    for (const auto& each : towers) each->app.stop();
  });
  CHECK(sent(world).size() == 2);
  CHECK(all_differ(sent(world)));
}

TEST_CASE("a time that a wrong server clock left far ahead is not waited for") {
  scene::stream_world world;
  tower only(world.redis, chime(20ms));
  world.beside([&] { return only.app.run(); });
  world.play([&]() -> asio::awaitable<void> {
    co_await scene::until([&] { return sent(world).size() >= 1; });
    world.server.command({"HSET", hash_key, "last", server_ms(world, 100h)});
    const auto count = sent(world).size();
    co_await scene::until([&] { return sent(world).size() >= count + 2; });
    only.app.stop();
  });
}

TEST_CASE("a schedule without a topic, or with the name of another one, is refused") {
  scene::stream_world world;
  sluice::app clocks(world.redis, "clocks");
  const auto refused = [&](const sluice::schedule& what) {
    return scene::code_of([&] { clocks.schedule(what); }) == sluice::errc::invalid_argument;
  };
  CHECK(refused(every(1s)));
  clocks.schedule(every(1s).then("chime"));
  CHECK(refused(every(2s).then("chime")));
  clocks.schedule(every(2s).then("chime").named("again"));
  CHECK(refused(every(2s).then("bell", std::numeric_limits<double>::infinity())));
}

TEST_CASE("the schedules of all apps can be listed, with the times to come") {
  scene::stream_world world;
  world.play([&]() -> asio::awaitable<void> {
    sluice::app clocks(world.redis, "clocks");
    sluice::app billing(world.redis, "billing");
    clocks.schedule(chime(1h));
    billing.schedule(every("0 3 * * *").then("report", "daily"));
    world.beside([&] { return clocks.run(); });
    world.beside([&] { return billing.run(); });
    co_await scene::until([&] {
      return world.server.command({"SCARD", "sluice:schedules"}) == "2";
    });
    const auto known = co_await sluice::list_schedules(world.redis);
    REQUIRE(known.size() == 2);
    CHECK(known[0].app == "billing");
    CHECK(known[0].name == "report");
    CHECK(known[0].what->value() == "daily");
    const auto nights = known[0].next(2);
    CHECK(nights[0] > known[0].asked);
    CHECK(nights[1] - nights[0] == 24h);
    CHECK(nights[0] % 24h == 3h);
    CHECK(known[1].name == "tower");
    CHECK(known[1].next(3).back() == known[1].last + 3h);

    const bool removed = co_await sluice::remove_schedule(world.redis, "billing", "report");
    CHECK(removed);
    const auto left = co_await sluice::list_schedules(world.redis);
    CHECK(left.size() == 1);
    clocks.stop();
    billing.stop();
  });
}

TEST_CASE("a schedule that this version does not understand is listed, and left to others") {
  scene::stream_world world;
  tower only(world.redis, chime(10ms));
  world.beside([&] { return only.app.run(); });
  world.play([&]() -> asio::awaitable<void> {
    co_await scene::until([&] { return sent(world).size() >= 1; });
    world.server.command({"HSET", hash_key, "when", R"({"moon":"full"})"});
    co_await scene::until([&] { return world.events.count<sluice::events::upkeep_failed>() == 1; });
    const auto count = sent(world).size();
    co_await scene::pause(40ms);
    CHECK(sent(world).size() == count);
    const auto known = co_await sluice::list_schedules(world.redis);
    REQUIRE(known.size() == 1);
    CHECK_FALSE(known[0].what);
    CHECK(known[0].next(1).empty());
    only.app.stop();
  });
}
