// What a supervisor takes, what it tells, and where its processes write their figures.
#include "support/scene.hpp"

#include "process/figure_board.hpp"

#include <sluice/process/supervisor.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <thread>

namespace {

using namespace std::chrono_literals;
using scene::code_of;
using sluice::figure_board;
using sluice::process_end;
using sluice::process_event;
using sluice::supervisor;

sluice::process_figures some_figures(const std::string& topic, std::uint64_t handled) {
  sluice::process_figures made;
  made.app = "billing";
  sluice::listener_figures of_topic;
  of_topic.topic = topic;
  of_topic.handled = handled;
  of_topic.total = 7ms;
  made.topics.push_back(of_topic);
  return made;
}

}  // namespace

TEST_CASE("what a supervisor is told is checked") {
  supervisor crew;
  CHECK(code_of([&] { crew.processes(0); }) == sluice::errc::invalid_argument);
  CHECK(code_of([&] { crew.processes(4097); }) == sluice::errc::invalid_argument);
  CHECK(code_of([&] { crew.restart_after(0ms); }) == sluice::errc::invalid_argument);
  CHECK(code_of([&] { crew.restart_above(0); }) == sluice::errc::invalid_argument);
  CHECK(code_of([&] { crew.drain_within(-1ms); }) == sluice::errc::invalid_argument);
  CHECK(code_of([&] { crew.backoff(0ms, 1s); }) == sluice::errc::invalid_argument);
  CHECK(code_of([&] { crew.backoff(2s, 1s); }) == sluice::errc::invalid_argument);
  CHECK(code_of([&] { crew.report_every(0ms, nullptr); }) == sluice::errc::invalid_argument);
  CHECK(code_of([&] { crew.extend(nullptr); }) == sluice::errc::invalid_argument);
  CHECK(code_of([&] { crew.run(nullptr); }) == sluice::errc::invalid_argument);
}

TEST_CASE("a supervisor refuses a process that has threads") {
  std::jthread other([](const std::stop_token& end) {
    while (!end.stop_requested()) std::this_thread::sleep_for(1ms);
  });
  std::string text;
  try {
    supervisor().run([](sluice::worker_process&) {});
  } catch (const sluice::error& why) {
    text = why.what();
  }
  CHECK(text.find("before other threads begin") != std::string::npos);
}

TEST_CASE("an end is told with its exit code or its signal") {
  CHECK(to_string(process_end::exited(3)) == "exit code 3");
  CHECK(to_string(process_end::killed(SIGKILL)) == "signal 9 (Killed)");
  CHECK(process_end::exited(0).in_order());
  CHECK_FALSE(process_end::exited(1).in_order());
  CHECK_FALSE(process_end::killed(SIGTERM).in_order());
}

TEST_CASE("each event of a process is a line") {
  process_event what;
  what.number = 2;
  what.process = 77;
  CHECK(to_string(what) == "worker 2 (process 77) runs");
  what.what = process_event::kind::asked_to_end;
  what.why = "it is old enough";
  CHECK(to_string(what) == "worker 2 (process 77) is asked to end: it is old enough");
  what.what = process_event::kind::ended;
  what.end = process_end::exited(1);
  what.lived = 12ms;
  what.pause = 100ms;
  CHECK(to_string(what) ==
        "worker 2 (process 77) ended after 12 ms with exit code 1; the next one begins in 100 ms");
}

TEST_CASE("what one process writes on the board another one reads") {
  figure_board board(2);
  const auto child = ::fork();
  if (child == 0) {
    board.write(1, some_figures("charge", 3));
    board.write(1, some_figures("charge", 4));
    board.write(1, some_figures("refund", 1));
    ::_exit(0);
  }
  REQUIRE(::waitpid(child, nullptr, 0) == child);
  const auto read = board.read(1);
  CHECK(read.app == "billing");
  REQUIRE(read.topics.size() == 2);
  CHECK(read.topics[0].topic == "charge");
  CHECK(read.topics[0].handled == 4);
  CHECK(read.topics[0].total == 7ms);
  CHECK(read.topics[1].topic == "refund");
  CHECK(board.read(0).topics.empty());
  board.clear(1);
  CHECK(board.read(1).topics.empty());
  CHECK(board.read(1).app.empty());
}

TEST_CASE("a board keeps to its room") {
  figure_board board(1);
  for (int i = 0; i < 100; ++i) board.write(0, some_figures("topic " + std::to_string(i), 1));
  board.write(0, some_figures(std::string(1'000, 'x'), 1));
  CHECK(board.read(0).topics.size() == 64);
  figure_board other(1);
  other.write(0, some_figures(std::string(1'000, 'x'), 1));
  other.write(0, some_figures(std::string(1'000, 'x'), 2));
  REQUIRE(other.read(0).topics.size() == 1);
  CHECK(other.read(0).topics.front().topic == std::string(95, 'x'));
  CHECK(other.read(0).topics.front().handled == 2);
}

TEST_CASE("reports of a crew have a line for each process") {
  std::vector<sluice::worker_figures> all(2);
  all[0].now = some_figures("charge", 5);
  all[0].now.process = 42;
  all[0].now.age = 90s;
  all[0].now.memory = 3 << 20;
  all[1].number = 1;
  all[1].restarts = 6;
  CHECK(
      to_string(all) ==
      "worker 0: billing process 42, 90 s, 3 MiB: charge 5 handled (mean 1.4 ms, longest 0.0 ms)\n"
      "worker 1: waits to be started; restarted 6 times\n");
}
