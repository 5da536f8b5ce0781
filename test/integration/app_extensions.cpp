// Extensions: what they are told, and that their failures harm nobody.
#include "support/app_world.hpp"

#include <sluice/app/auto_restart.hpp>
#include <sluice/app/listener_stats.hpp>
#include <sluice/core/event.hpp>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace scene;
using sluice::consumption;
using sluice::listener_options;
using sluice::listener_outcome;
using sluice::request;
using sluice::retry_policy;

std::string word_for(listener_outcome what) {
  switch (what) {
    case listener_outcome::running:
      return "running";
    case listener_outcome::handled:
      return "handled";
    case listener_outcome::failed:
      return "failed";
    default:
      return "cut short";
  }
}

/// Writes down what it is told.
class chronicle : public sluice::extension {
 public:
  using pages = std::shared_ptr<std::vector<std::string>>;
  explicit chronicle(pages where, std::string called = "chronicle")
      : where_(std::move(where)), called_(std::move(called)) {}

  std::string name() const override { return called_; }
  asio::awaitable<void> on_start(sluice::running_app where) override {
    co_await pause(2ms);
    write("start of " + where.name());
  }
  asio::awaitable<void> on_stop() override {
    co_await pause(2ms);
    write("stop");
  }
  void on_consume_begin(const consumption& what) override { write("begin", what); }
  void on_consume_exception(const consumption& what, const std::exception_ptr& why) override {
    write("exception " + sluice::thrown_text(why), what);
  }
  void on_consume_end(const consumption& what) override {
    taken = std::max(taken, what.taken());
    write("end", what);
  }

  std::chrono::microseconds taken{0};

 private:
  void write(const std::string& line) { where_->push_back(line); }
  void write(const std::string& line, const consumption& what) {
    write(line + " " + what.message().topic() + " " + std::to_string(what.listener()) + " " +
          word_for(what.outcome()));
  }

  pages where_;
  std::string called_;
};

/// Throws wherever it is called.
class grumbler : public sluice::extension {
 public:
  std::string name() const override { return "grumbler"; }
  asio::awaitable<void> on_start(sluice::running_app) override { throw refusal(); }
  asio::awaitable<void> on_stop() override {
    co_await pause(1ms);
    throw refusal();
  }
  void on_consume_begin(const consumption&) override { throw refusal(); }
  void on_consume_exception(const consumption&, const std::exception_ptr&) override {
    throw refusal();
  }
  void on_consume_end(const consumption&) override { throw refusal(); }
  std::chrono::milliseconds tick_every() const override { return 1ms; }
  void on_tick() override {
    ++ticks;
    throw refusal();
  }

  int ticks = 0;

 private:
  static std::runtime_error refusal() { return std::runtime_error("not in the mood"); }
};

/// Never comes to an end by itself, neither at the beginning nor at the end.
class sleeper : public sluice::extension {
 public:
  sleeper(bool at_start, std::shared_ptr<int> woken) : at_start_(at_start), woken_(woken) {}
  asio::awaitable<void> on_start(sluice::running_app) override {
    if (at_start_) co_await sleep();
  }
  asio::awaitable<void> on_stop() override {
    if (!at_start_) co_await sleep();
  }

 private:
  asio::awaitable<void> sleep() {
    try {
      co_await pause(1h);
    } catch (const boost::system::system_error&) {
      ++*woken_;
      throw;
    }
  }

  bool at_start_;
  std::shared_ptr<int> woken_;
};

class counted_stats : public sluice::listener_stats {
 public:
  using listener_stats::listener_stats;
  std::vector<sluice::process_figures> reports;

 protected:
  void report(const sluice::process_figures& now) override { reports.push_back(now); }
};

class quiet_restart : public sluice::auto_restart {
 public:
  explicit quiet_restart(std::shared_ptr<std::string> why) : why_(std::move(why)) {}

  void on_tick() override {
    if (looks) auto_restart::on_tick();
  }

  bool looks = true;

 protected:
  void on_restart(std::string_view why) override { *why_ = why; }

 private:
  std::shared_ptr<std::string> why_;
};

}  // namespace

TEST_CASE("an extension hears of each listener's work at each message, and of both ends") {
  app_world world;
  sluice::app service(world.redis, "service");
  const auto told = std::make_shared<std::vector<std::string>>();
  service.listen("greet", [](const std::string& whom) { return "hello " + whom; });
  service.listen("greet", [](request&) { throw std::runtime_error("no voice"); });
  service.extend(chronicle(told));
  world.run(service);
  world.play([&]() -> asio::awaitable<void> {
    auto lane = world.web.send("greet", "you");
    const auto answer = co_await lane.read(10s);
    CHECK(answer == json::value("hello you"));
    co_await until([&] { return told->size() == 6; });
    service.stop();
    co_await until([&] { return told->size() == 7; });
  });
  const std::vector<std::string> expected{"start of service",
                                          "begin greet 0 running",
                                          "end greet 0 handled",
                                          "begin greet 1 running",
                                          "exception no voice greet 1 failed",
                                          "end greet 1 failed",
                                          "stop"};
  CHECK(*told == expected);
}

TEST_CASE("all attempts of a listener are one piece of work to an extension") {
  app_world world;
  sluice::app service(world.redis, "service");
  const auto told = std::make_shared<std::vector<std::string>>();
  const auto watcher = std::make_shared<chronicle>(told);
  service.extend(watcher);
  service.listen(
      "flaky",
      [](request& what) {
        if (what.attempt() < 3) throw std::runtime_error("not yet");
        what.respond(what.attempt());
      },
      listener_options().retry(retry_policy::fixed(5ms).attempts(5).jitter(0)));
  world.run(service);
  world.play([&]() -> asio::awaitable<void> {
    const auto answer = co_await world.ask("flaky", nullptr);
    CHECK(answer == json::value(3));
    co_await until([&] { return told->size() == 3; });
    service.stop();
  });
  CHECK(told->at(1) == "begin flaky 0 running");
  CHECK(told->at(2) == "end flaky 0 handled");
  CHECK(watcher->taken >= 10ms);
}

TEST_CASE("a listener whose message nobody wants any more has been cut short") {
  app_world world;
  sluice::app service(world.redis, "service");
  const auto told = std::make_shared<std::vector<std::string>>();
  service.extend(chronicle(told));
  service.listen("slow", []() -> asio::awaitable<void> { co_await pause(1h); });
  world.run(service);
  world.play([&]() -> asio::awaitable<void> {
    auto lane = world.web.send("slow", nullptr);
    co_await until([&] { return told->size() == 2; });
    lane.cancel();
    co_await until([&] { return told->size() == 3; });
    service.stop();
  });
  CHECK(told->at(2) == "end slow 0 cut short");
}

TEST_CASE("an extension that throws everywhere harms nobody, and is told of once a function") {
  app_world world;
  sluice::app service(world.redis, "service");
  const auto complaints = std::make_shared<grumbler>();
  const auto told = std::make_shared<std::vector<std::string>>();
  service.extend(complaints).extend(chronicle(told));
  service.listen("echo", [](request& what) { what.respond(what.value()); });
  service.listen("fail", [](request&) { throw std::runtime_error("no"); });
  world.play([&]() -> asio::awaitable<void> {
    world.run(service);
    for (int i = 0; i < 3; ++i) {
      const auto answer = co_await world.ask("echo", i);
      CHECK(answer == json::value(i));
    }
    const auto refused = co_await world.refusal_of("fail", nullptr);
    CHECK(refused.code() == sluice::error::feedback_error);
    co_await until([&] { return complaints->ticks >= 3; });
    service.stop();
    co_await until([&] { return told->back() == "stop"; });
    co_await until([&] { return world.events.count<sluice::events::extension_failed>() == 6; });
  });
  auto lines = world.events.lines<sluice::events::extension_failed>();
  std::sort(lines.begin(), lines.end());
  CHECK(lines.front() ==
        "group 'service': on_consume_begin of the extension 'grumbler' failed: not in the mood");
}

TEST_CASE(
    "extensions begin in their order, before the first message, and end in the opposite one") {
  app_world world;
  sluice::app service(world.redis, "service");
  std::vector<std::string> told;
  class one : public sluice::extension {
   public:
    one(std::string called, std::vector<std::string>& told)
        : called_(std::move(called)), told_(told) {}
    asio::awaitable<void> on_start(sluice::running_app) override {
      co_await pause(3ms);
      told_.push_back("start " + called_);
    }
    asio::awaitable<void> on_stop() override {
      co_await pause(3ms);
      told_.push_back("stop " + called_);
    }

   private:
    std::string called_;
    std::vector<std::string>& told_;
  };
  service.extend(std::make_shared<one>("a", told)).extend(std::make_shared<one>("b", told));
  service.listen("note", [&](request& what) {
    told.emplace_back("message");
    what.respond("noted");
  });
  world.play([&]() -> asio::awaitable<void> {
    auto lane = world.web.send("note", nullptr);
    co_await lane.sent();
    auto stop_soon = [&]() -> asio::awaitable<void> {
      co_await lane.read(10s);
      service.stop();
    };
    world.beside(stop_soon);
    co_await service.run();
  });
  CHECK(told == std::vector<std::string>{"start a", "start b", "message", "stop b", "stop a"});
}

TEST_CASE("an app that is stopped while an extension begins ends, without listening") {
  app_world world;
  sluice::app service(world.redis, "service");
  const auto woken = std::make_shared<int>(0);
  const auto told = std::make_shared<std::vector<std::string>>();
  service.extend(sleeper(true, woken)).extend(chronicle(told));
  service.listen("never", [] {});
  world.play([&]() -> asio::awaitable<void> {
    auto stop_soon = [&]() -> asio::awaitable<void> {
      co_await pause(5ms);
      service.stop();
    };
    world.beside(stop_soon);
    co_await service.run();
  });
  CHECK(*woken == 1);
  CHECK(told->empty());
}

TEST_CASE("an extension that does not end is cancelled after the time to drain") {
  app_world world;
  sluice::app service(world.redis, "service");
  const auto woken = std::make_shared<int>(0);
  service.extend(sleeper(false, woken));
  service.listen(
      "never", [] {}, listener_options().drain_within(20ms));
  world.play([&]() -> asio::awaitable<void> {
    service.stop();
    co_await service.run();
  });
  CHECK(*woken == 0);  // it had not begun

  sluice::app other(world.redis, "other");
  other.extend(sleeper(false, woken));
  other.listen(
      "never", [] {}, listener_options().drain_within(20ms));
  world.play([&]() -> asio::awaitable<void> {
    auto stop_soon = [&]() -> asio::awaitable<void> {
      co_await pause(5ms);
      other.stop();
    };
    world.beside(stop_soon);
    co_await other.run();
  });
  CHECK(*woken == 1);
}

TEST_CASE("an extension is named by its class unless it says otherwise") {
  class nameless : public sluice::extension {};
  CHECK(nameless().name().find("nameless") != std::string::npos);
}

TEST_CASE("an app takes extensions until it runs, and none that is null") {
  app_world world;
  sluice::app service(world.redis, "service");
  CHECK(code_of([&] { service.extend(std::shared_ptr<sluice::extension>()); }) ==
        sluice::errc::invalid_argument);
  world.play([&]() -> asio::awaitable<void> {
    world.run(service);
    co_await pause(1ms);
    CHECK(code_of([&] { service.extend(grumbler()); }) == sluice::errc::invalid_argument);
    service.stop();
  });
}

TEST_CASE("an extension lives as long as its app") {
  app_world world;
  const auto woken = std::make_shared<int>(0);
  {
    sluice::app service(world.redis, "service");
    service.extend(sleeper(false, woken));
    CHECK(woken.use_count() == 2);
  }
  CHECK(woken.use_count() == 1);
}

TEST_CASE("the io_context may end while an extension begins, ticks or ends") {
  const auto woken = std::make_shared<int>(0);
  for (const bool at_start : {true, false}) {
    app_world world;
    sluice::app service(world.redis, "service");
    service.extend(sleeper(at_start, woken)).extend(grumbler());
    world.run(service);
    world.play([&]() -> asio::awaitable<void> {
      co_await pause(3ms);
      service.stop();
      co_await pause(1ms);
    });
  }
  CHECK(woken.use_count() == 1);
}

TEST_CASE(
    "statistics count what listeners do by topic, and are reported by interval and at the end") {
  app_world world;
  sluice::app service(world.redis, "service");
  const auto stats = std::make_shared<counted_stats>(2ms);
  service.extend(stats);
  service.listen("echo", [](request& what) -> asio::awaitable<void> {
    co_await pause(2ms);
    what.respond(what.value());
  });
  service.listen("fail", [](request&) { throw std::runtime_error("no"); });
  world.play([&]() -> asio::awaitable<void> {
    auto stop_soon = [&]() -> asio::awaitable<void> {
      co_await world.ask("echo", 1);
      co_await world.ask("echo", 2);
      co_await world.refusal_of("fail", nullptr);
      co_await until([&] { return stats->reports.size() >= 2; });
      service.stop();
    };
    world.beside(stop_soon);
    co_await service.run();
  });
  const auto& last = stats->reports.back();
  CHECK(last.app == "service");
  CHECK(last.memory > 1'000'000);
  CHECK(last.age > 0ms);
  REQUIRE(last.topics.size() == 2);
  const auto& echo = last.topics.front();
  CHECK(echo.topic == "echo");
  CHECK(echo.handled == 2);
  CHECK(echo.failed == 0);
  CHECK(echo.in_progress == 0);
  CHECK(echo.longest >= 2ms);
  CHECK(echo.mean() >= 2ms);
  CHECK(last.topics.back().failed == 1);
}

TEST_CASE("a process that is old enough is stopped, and drains") {
  app_world world;
  sluice::app service(world.redis, "service");
  const auto why = std::make_shared<std::string>();
  const auto end = std::make_shared<quiet_restart>(why);
  end->looks = false;
  end->at_age(30ms).check_every(2ms);
  service.extend(end);
  bool finished = false;
  service.listen("slow", [&](request& what) -> asio::awaitable<void> {
    end->looks = true;
    co_await until([&] { return !why->empty(); });
    co_await pause(5ms);
    what.respond("done");
    finished = true;
  });
  world.play([&]() -> asio::awaitable<void> {
    auto lane = world.web.send("slow", nullptr);
    co_await lane.sent();
    co_await service.run();
    const auto answer = co_await lane.read(10s);
    CHECK(answer == json::value("done"));
  });
  CHECK(finished);
  CHECK(why->find("it has run for") != std::string::npos);
}

TEST_CASE("a process that takes too much memory is stopped") {
  app_world world;
  sluice::app service(world.redis, "service");
  const auto why = std::make_shared<std::string>();
  auto end = quiet_restart(why);
  end.above(1'000'000).check_every(1ms);
  service.extend(std::move(end));
  service.listen("never", [] {});
  world.play([&]() -> asio::awaitable<void> { co_await service.run(); });
  CHECK(why->find("MiB") != std::string::npos);
}

TEST_CASE("limits and intervals of ready-made extensions are checked") {
  sluice::auto_restart end;
  CHECK(code_of([&] { end.at_age(0ms); }) == sluice::errc::invalid_argument);
  CHECK(code_of([&] { end.above(0); }) == sluice::errc::invalid_argument);
  CHECK(code_of([&] { end.check_every(0ms); }) == sluice::errc::invalid_argument);
  CHECK(code_of([] { sluice::listener_stats all(-1ms); }) == sluice::errc::invalid_argument);
}
