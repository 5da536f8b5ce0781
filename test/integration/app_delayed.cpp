// Messages that are delivered later, and may be taken back until then.
#include "app/delayed_mover.hpp"
#include "app/delayed_store.hpp"
#include "app/timetable.hpp"
#include "redis/client_access.hpp"
#include "support/stream_world.hpp"

#include <sluice/app/app.hpp>

#include <boost/json.hpp>

#include <map>
#include <set>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using sluice::send_options;
using std::chrono::steady_clock;

constexpr const char* set_key = "sluice:delayed";
constexpr const char* messages_key = "sluice:delayed:messages";

// What an app hears on a topic, in order.
struct heard {
  heard(sluice::app& by, const std::string& topic) {
    by.listen(topic, [this](sluice::request& what) {
      values.push_back(what.value());
      ids.push_back(what.id());
    });
  }

  std::vector<boost::json::value> values;
  std::vector<std::string> ids;
};

bool nothing_waits(scene::stream_world& world) {
  return world.server.command({"ZCARD", set_key}) == "0" &&
         world.server.command({"HLEN", messages_key}) == "0";
}

}  // namespace

TEST_CASE("a delayed message is delivered when its time has come") {
  scene::stream_world world;
  sluice::app mail(world.redis, "mail");
  heard letters(mail, "letter");
  world.beside([&] { return mail.run(); });
  world.play([&]() -> asio::awaitable<void> {
    const auto before = steady_clock::now();
    auto lane = mail.send("letter", "later", send_options().after(150ms));
    co_await lane.sent();
    CHECK(letters.values.empty());
    co_await scene::until([&] { return letters.values.size() == 1; });
    CHECK(steady_clock::now() - before >= 149ms);
    CHECK(letters.ids[0] == lane.id());
    CHECK(nothing_waits(world));
    mail.stop();
  });
}

TEST_CASE("delayed messages are delivered in the order of their times") {
  scene::stream_world world;
  sluice::app mail(world.redis, "mail");
  heard letters(mail, "letter");
  world.beside([&] { return mail.run(); });
  world.play([&]() -> asio::awaitable<void> {
    mail.send("letter", 3, send_options().after(120ms));
    mail.send("letter", 1, send_options().after(40ms));
    mail.send("letter", 2, send_options().after(40ms));
    mail.send("letter", 0);
    co_await scene::until([&] { return letters.values.size() == 4; });
    const std::vector<boost::json::value> in_order{0, 1, 2, 3};
    CHECK(letters.values == in_order);
    mail.stop();
  });
}

TEST_CASE("a message may be sent for a time of day, and at once when that has passed") {
  scene::stream_world world;
  sluice::app mail(world.redis, "mail");
  heard letters(mail, "letter");
  world.beside([&] { return mail.run(); });
  world.play([&]() -> asio::awaitable<void> {
    const auto now = std::chrono::system_clock::now();
    mail.send("letter", "soon", send_options().at(now + 100ms));
    mail.send("letter", "long ago", send_options().at(now - 1h));
    co_await scene::until([&] { return letters.values.size() == 2; });
    CHECK(letters.values[0] == "long ago");
    mail.stop();
  });
}

TEST_CASE("a delayed message is answered like any other") {
  scene::stream_world world;
  sluice::app billing(world.redis, "billing");
  billing.listen("double", [](sluice::request& what) { return what.value().as_int64() * 2; });
  world.beside([&] { return billing.run(); });
  world.play([&]() -> asio::awaitable<void> {
    sluice::app web(world.redis, "web");
    auto lane = web.send("double", 21, send_options().after(30ms).within(5s));
    const auto answer = co_await lane.read(10s);
    REQUIRE(answer);
    CHECK(answer->as_int64() == 42);
    billing.stop();
  });
}

TEST_CASE("a delayed message can be taken back until it is delivered") {
  scene::stream_world world;
  sluice::app mail(world.redis, "mail");
  heard letters(mail, "letter");
  world.beside([&] { return mail.run(); });
  world.play([&]() -> asio::awaitable<void> {
    auto lane = mail.send("letter", "never", send_options().after(1h));
    const bool taken = co_await lane.cancel_delivery();
    CHECK(taken);
    const auto why = co_await scene::failure_of(lane.next());
    CHECK(why.code() == sluice::errc::cancelled);
    CHECK(nothing_waits(world));
    const bool again = co_await lane.cancel_delivery();
    CHECK_FALSE(again);

    auto delivered = mail.send("letter", "delivered", send_options().after(1ms));
    co_await scene::until([&] { return letters.values.size() == 1; });
    const bool too_late = co_await delivered.cancel_delivery();
    CHECK_FALSE(too_late);
    CHECK(letters.values[0] == "delivered");
    mail.stop();
  });
}

TEST_CASE("another process takes a message back by its id") {
  scene::stream_world world;
  const auto other = world.connect(world.server.url());
  world.play([&]() -> asio::awaitable<void> {
    sluice::app here(world.redis, "mail");
    sluice::app there(other, "mail");
    auto lane = here.send("letter", "never", send_options().after(1h));
    co_await lane.sent();
    const bool taken = co_await there.cancel_scheduled(lane.id());
    CHECK(taken);
    const bool unknown = co_await there.cancel_scheduled("unknown");
    CHECK_FALSE(unknown);
    CHECK(nothing_waits(world));
  });
}

TEST_CASE("a message that has not left yet is taken back before it does") {
  scene::stream_world world;
  world.play([&]() -> asio::awaitable<void> {
    sluice::app mail(world.redis, "mail");
    co_await world.redis.connect();
    auto lane = mail.send("letter", "never", send_options().after(1h));
    const bool taken = co_await mail.cancel_scheduled(lane.id());
    CHECK(taken);
    const auto why = co_await scene::failure_of(lane.sent());
    CHECK(why.code() == sluice::errc::cancelled);
    co_await world.redis.ping();
    CHECK(nothing_waits(world));
  });
}

TEST_CASE("of many apps that watch, one delivers each message") {
  scene::stream_world world;
  constexpr int count = 300;
  std::vector<std::unique_ptr<sluice::app>> apps;
  std::map<std::int64_t, int> seen;
  for (int i = 0; i < 5; ++i) {
    apps.push_back(std::make_unique<sluice::app>(world.connect(world.server.url()), "mail"));
    auto& each = *apps.back();
    each.listen("letter", [&seen](sluice::request& what) { ++seen[what.value().as_int64()]; });
    world.beside([&each] { return each.run(); });
  }
  world.play([&]() -> asio::awaitable<void> {
    for (int i = 0; i < count; ++i) {
      apps[i % 5]->send("letter", i, send_options().after(std::chrono::milliseconds(1 + i % 97)));
    }
    co_await scene::until([&] { return seen.size() == count && nothing_waits(world); });
    for (const auto& each : apps) each->stop();
  });
  CHECK(world.server.command({"XLEN", "letter"}) == std::to_string(count));
  for (const auto& [number, times] : seen) CHECK(times == 1);
}

TEST_CASE("what a process has put away is delivered when it is gone") {
  scene::stream_world world;
  sluice::app mail(world.redis, "mail");
  heard letters(mail, "letter");
  world.beside([&] { return mail.run(); });
  world.play([&]() -> asio::awaitable<void> {
    {
      auto there = world.connect(world.server.url());
      sluice::app gone(there, "web");
      auto lane = gone.send("letter", "a legacy", send_options().after(100ms));
      co_await lane.sent();
      there.stop();
    }
    co_await scene::until([&] { return letters.values.size() == 1; });
    mail.stop();
  });
}

TEST_CASE("delayed messages outlive the server's restart and every app") {
  scene::stream_world world(scene::server_options().append_only(sluice::testing::fsync::always));
  world.play([&]() -> asio::awaitable<void> {
    sluice::app web(world.redis, "web");
    for (int i = 0; i < 20; ++i) web.send("letter", i, send_options().after(300ms));
    co_await world.redis.ping();
  });
  world.server.restart();
  sluice::app mail(world.redis, "mail");
  heard letters(mail, "letter");
  world.beside([&] { return mail.run(); });
  world.play([&]() -> asio::awaitable<void> {
    co_await scene::until([&] { return letters.values.size() == 20; });
    co_await scene::until([&] { return nothing_waits(world); });
    mail.stop();
  });
}

TEST_CASE("an app that watches goes on when the server has been away") {
  scene::stream_world world(scene::server_options().append_only(sluice::testing::fsync::always));
  sluice::app mail(world.redis, "mail");
  heard letters(mail, "letter");
  world.beside([&] { return mail.run(); });
  world.play([&]() -> asio::awaitable<void> {
    auto lane = mail.send("letter", "through the night", send_options().after(200ms));
    co_await lane.sent();
    world.server.kill();
    co_await scene::pause(50ms);
    world.server.start();
    co_await scene::until([&] { return letters.values.size() == 1; });
    mail.stop();
  });
}

TEST_CASE("a message that its topic refuses keeps no other") {
  scene::stream_world world;
  world.server.command({"SET", "no stream", "a text"});
  sluice::app mail(world.redis, "mail");
  heard letters(mail, "letter");
  world.beside([&] { return mail.run(); });
  world.play([&]() -> asio::awaitable<void> {
    mail.send("no stream", "refused", send_options().after(1ms));
    mail.send("letter", "delivered", send_options().after(2ms));
    co_await scene::until([&] { return letters.values.size() == 1; });
    co_await scene::until([&] { return world.events.count<sluice::events::upkeep_failed>() == 1; });
    // It is tried again later, when that is mended.
    CHECK(world.server.command({"ZCARD", set_key}) == "1");
    mail.stop();
  });
}

namespace {

// Something other than the server carries the messages.
class foreign_main final : public sluice::main_stream {
 public:
  void send(const std::string& topic, const sluice::envelope& what,
            sluice::sent_handler done) override {
    sent.push_back(topic + ": " + boost::json::serialize(what.value));
    ids.push_back(what.id);
    if (works) return done(nullptr);
    const sluice::error why(sluice::errc::outcome_unknown);
    done(&why);
  }
  std::unique_ptr<sluice::reception> receive(const std::string&, const std::string&,
                                             const sluice::listener_options&,
                                             sluice::envelope_handler) override {
    return nullptr;
  }

  bool works = true;
  std::vector<std::string> sent;
  std::vector<std::string> ids;
};

}  // namespace

TEST_CASE("what the server cannot send itself is crossed out after it was sent, and not before") {
  scene::stream_world world;
  const auto main = std::make_shared<foreign_main>();
  const auto store = std::make_shared<sluice::delayed_store>(world.redis, set_key);
  const auto mover = std::make_shared<sluice::delayed_mover>(
      sluice::client_access::shared_link(world.redis), store, main);
  mover->start();
  main->works = false;
  sluice::envelope letter;
  letter.value = "by another way";
  letter.id = "17";
  store->put("17", {1ms, true}, main->keep("letter", letter), [](const sluice::script_outcome&) {});
  world.play([&]() -> asio::awaitable<void> {
    co_await scene::until([&] { return main->sent.size() == 1; });
    CHECK(main->sent[0] == "letter: \"by another way\"");
    // Whoever took it may have died: when its lease is over it is sent again.
    CHECK(world.server.command({"ZCARD", set_key}) == "1");
    main->works = true;
    world.server.command({"ZADD", set_key, "1", "17"});
    co_await scene::until([&] { return main->sent.size() == 2 && nothing_waits(world); });
    mover->stop();
  });
}

TEST_CASE(
    "a schedule whose messages the server cannot send itself goes by way of the delayed ones") {
  scene::stream_world world;
  const auto main = std::make_shared<foreign_main>();
  sluice::timetable one(world.redis, "clocks", main);
  sluice::timetable two(world.connect(world.server.url()), "clocks", main);
  const auto chime = sluice::every(20ms).missed(sluice::missed::all).then("chime", "ding");
  for (auto* const each : {&one, &two}) {
    each->schedules().add(chime);
    each->start();
  }
  world.play([&]() -> asio::awaitable<void> {
    co_await scene::until([&] { return main->sent.size() >= 10; });
    CHECK(main->sent[0] == "chime: \"ding\"");
    one.stop();
    two.stop();
    co_await scene::pause(20ms);
    const auto& ids = main->ids;
    CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == ids.size());
  });
}

TEST_CASE("a message for a list is pushed to it when it is due") {
  scene::stream_world world;
  sluice::app mail(world.redis, "mail");
  world.beside([&] { return mail.run(); });
  world.play([&]() -> asio::awaitable<void> {
    sluice::delayed_store store(world.redis, set_key);
    store.put("17", {1ms, true}, {"list", "letters", {"{}"}}, [](const sluice::script_outcome&) {});
    co_await scene::until([&] { return world.server.command({"LLEN", "letters"}) == "1"; });
    CHECK(nothing_waits(world));
    mail.stop();
  });
}
