// A program that is a supervisor and its workers, of what kind its argument says: a JSON object.
// What happens to the processes, and what they do, it prints.

#include <sluice/app/auto_restart.hpp>
#include <sluice/core/error.hpp>
#include <sluice/process/supervisor.hpp>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using namespace std::chrono_literals;
using sluice::request;
using sluice::worker_process;

/// What the argument says.
class plan {
 public:
  explicit plan(std::string_view text) : words_(json::parse(text).as_object()) {}

  std::string text(std::string_view name) const {
    const auto* const found = words_.if_contains(name);
    return found != nullptr ? std::string(found->as_string()) : std::string();
  }
  std::int64_t number(std::string_view name, std::int64_t otherwise) const {
    const auto* const found = words_.if_contains(name);
    return found != nullptr ? found->to_number<std::int64_t>() : otherwise;
  }
  bool has(std::string_view name) const { return words_.contains(name); }
  std::chrono::milliseconds time(std::string_view name, std::int64_t otherwise) const {
    return std::chrono::milliseconds(number(name, otherwise));
  }

 private:
  json::object words_;
};

// One write a line, as several processes write.
void say(const std::string& line) { std::cout << line + '\n' << std::flush; }

[[noreturn]] void wait_for_a_signal() {
  for (;;) ::pause();
}

// What listeners do.

asio::awaitable<void> sleep(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

void die_the_first_time(const std::string& mark) {
  if (::open(mark.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0600) >= 0) std::raise(SIGKILL);
}

void take_memory(std::size_t bytes) {
  static std::vector<std::string> taken;
  taken.emplace_back(bytes, 'x');
}

asio::awaitable<void> work_on(request& what, std::size_t worker) {
  const plan wish(what.value().as_string());
  const auto act = wish.text("do");
  say("worker " + std::to_string(worker) + " does " + act);
  if (act == "die once") die_the_first_time(wish.text("mark"));
  if (act == "sleep") co_await sleep(wish.time("time", 0));
  if (act == "grow") take_memory(static_cast<std::size_t>(wish.number("bytes", 0)));
  if (act == "block") wait_for_a_signal();
  if (act == "be stubborn") {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await sleep(1h);
  }
  what.respond(::getpid());
}

// What workers do.

void serve(worker_process& me, const plan& how) {
  asio::io_context io(1);
  sluice::client redis(io.get_executor(), std::getenv("REDIS_URL"));
  sluice::app service(redis, how.text("app"));
  service.listen(
      how.text("app"), [&me](request& what) { return work_on(what, me.number()); },
      sluice::listener_options().concurrency(4).heartbeat(100ms).drain_within(
          how.time("listeners_drain", 30'000)));
  me.run(io, service);
  say("worker " + std::to_string(me.number()) + " is done");
}

/// What signals and descriptors a worker begins with.
void tell_inheritance() {
  ::sigset_t blocked;
  ::sigprocmask(SIG_BLOCK, nullptr, &blocked);
  for (const int each : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) {
    struct ::sigaction now {};
    ::sigaction(each, nullptr, &now);
    say("signal " + std::to_string(each) + (::sigismember(&blocked, each) == 1 ? " blocked" : "") +
        (now.sa_handler == SIG_IGN ? " ignored" : ""));
  }
  std::string open;
  for (int each = 3; each < 1'024; ++each) {
    if (::fcntl(each, F_GETFD) >= 0) open += ' ' + std::to_string(each);
  }
  say("descriptors" + open);
}

void do_work(worker_process& me, const plan& how) {
  const auto kind = how.text("work");
  say("worker " + std::to_string(me.number()) + " begins");
  if (kind == "serve") return serve(me, how);
  if (kind == "throw") throw std::runtime_error("no work today");
  if (kind == "exit") ::_exit(static_cast<int>(how.number("code", 0)));
  if (kind == "inherit") tell_inheritance();
  if (kind == "deaf") std::signal(SIGTERM, SIG_IGN);
  say("worker " + std::to_string(me.number()) + " waits");
  if (kind != "return") wait_for_a_signal();
}

class herald : public sluice::extension {
 public:
  std::string name() const override { return "herald"; }
  void on_fork(std::size_t number) override {
    number_ = number;
    say("fork " + std::to_string(number));
  }
  asio::awaitable<void> on_start(sluice::running_app where) override {
    say("start of " + where.name() + " in " + std::to_string(number_));
    co_return;
  }

 private:
  std::size_t number_ = 0;
};

class grumbler : public sluice::extension {
 public:
  std::string name() const override { return "grumbler"; }
  void on_fork(std::size_t) override { throw std::runtime_error("not in the mood"); }
};

sluice::supervisor made_as(const plan& how) {
  sluice::supervisor crew;
  crew.processes(static_cast<std::size_t>(how.number("processes", 1)))
      .drain_within(how.time("drain", 45'000))
      .backoff(how.time("first_pause", 100), how.time("longest_pause", 30'000))
      .on_event([at = how.text("throw_at")](const sluice::process_event& what) {
        const auto line = to_string(what);
        say(line);
        if (!at.empty() && line.starts_with(at)) throw std::runtime_error("no more of " + at);
      });
  if (how.has("age")) crew.restart_after(how.time("age", 0));
  if (how.has("memory")) crew.restart_above(static_cast<std::uint64_t>(how.number("memory", 0)));
  if (how.has("extensions")) {
    crew.extend(std::make_shared<grumbler>()).extend(std::make_shared<herald>());
  }
  if (how.has("own_age")) {
    sluice::auto_restart end;
    end.at_age(how.time("own_age", 0)).check_every(10ms);
    crew.extend(std::make_shared<sluice::auto_restart>(end));
  }
  if (how.has("reports")) {
    crew.report_every(how.time("reports", 0), [](const std::vector<sluice::worker_figures>& all) {
      for (const auto& each : all) say("report: " + to_string(each.now));
    });
  }
  return crew;
}

}  // namespace

int main(int, char** words) {
  const plan how(words[1]);
  std::cout << "not yet flushed ";  // it shall appear once
  try {
    const int code = made_as(how).run([&how](worker_process& me) { do_work(me, how); });
    say("the supervisor returns " + std::to_string(code));
    return code;
  } catch (const std::exception& why) {
    say(std::string("the supervisor failed: ") + why.what());
    return 3;
  }
}
