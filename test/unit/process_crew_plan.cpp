// Which processes are started, asked to end and killed, and when.
#include "support/catch.hpp"

#include "process/crew_plan.hpp"

#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using sluice::crew_plan;
using sluice::crew_rules;

/// A crew, obeyed in simulated time: its processes start at once, and end when a test says so.
class drill {
 public:
  explicit drill(const crew_rules& rules) : plan(rules) {}

  /// Lets time pass and does what is due; gives the deeds as a text, such as "start 0, start 1".
  std::string after(sluice::clock::duration time) {
    now_ += time;
    std::string done;
    for (const auto& each : plan.due(now_)) {
      if (!done.empty()) done += ", ";
      done += word(each.what) + " " + std::to_string(each.number);
      if (each.what == crew_plan::deed::start) plan.on_started(each.number, next_++, now_);
      if (each.what == crew_plan::deed::abandon) plan.on_ended(each.number, now_);
    }
    return done;
  }
  std::string now() { return after(0ms); }
  sluice::clock::duration ends(std::size_t number) { return plan.on_ended(number, now_); }
  sluice::clock::duration until_next() const { return plan.next() - now_; }
  void stop() { plan.stop(now_); }
  sluice::clock::time_point time() const { return now_; }

  crew_plan plan;

 private:
  static std::string word(crew_plan::deed what) {
    switch (what) {
      case crew_plan::deed::start:
        return "start";
      case crew_plan::deed::ask_to_end:
        return "end";
      case crew_plan::deed::kill:
        return "kill";
      default:
        return "abandon";
    }
  }

  sluice::clock::time_point now_{1h};
  std::int64_t next_ = 1000;
};

crew_rules of(std::size_t processes) {
  crew_rules rules;
  rules.processes = processes;
  rules.first_pause = 100ms;
  rules.longest_pause = 10s;
  rules.drain = 30s;
  return rules;
}

crew_rules aged(std::size_t processes) {
  auto rules = of(processes);
  rules.age = 1h;
  return rules;
}

}  // namespace

TEST_CASE("all processes are started at once") {
  drill crew(of(3));
  CHECK(crew.plan.next() <= crew.time());
  CHECK(crew.now() == "start 0, start 1, start 2");
  CHECK(crew.now().empty());
  CHECK(crew.plan.next() == sluice::clock::time_point::max());
  CHECK(crew.plan.process(2) == 1002);
}

TEST_CASE("one that dies is replaced, at once when it is old, after a pause when it is young") {
  drill crew(of(2));
  crew.now();
  crew.after(1min);
  CHECK(crew.ends(1) == 0ms);
  CHECK(crew.now() == "start 1");
  CHECK(crew.plan.restarts(1) == 1);
  CHECK(crew.ends(1) == 100ms);
  CHECK(crew.now().empty());
  CHECK(crew.until_next() == 100ms);
  CHECK(crew.after(100ms) == "start 1");
  CHECK(crew.ends(1) == 200ms);
}

TEST_CASE("one that cannot be started is tried again after growing pauses") {
  drill crew(of(1));
  CHECK(crew.plan.on_not_started(0, crew.time()) == 100ms);
  CHECK(crew.plan.on_not_started(0, crew.time()) == 200ms);
  CHECK(crew.now().empty());
  CHECK(crew.after(200ms) == "start 0");
}

TEST_CASE("those that are old enough are replaced one after the other") {
  drill crew(aged(3));
  crew.now();
  CHECK(crew.until_next() == 1h);
  CHECK(crew.after(1h) == "end 0");
  CHECK(crew.after(10s).empty());
  CHECK(crew.ends(0) == 0ms);
  CHECK(crew.now() == "start 0, end 1");
  crew.ends(1);
  CHECK(crew.now() == "start 1, end 2");
  crew.ends(2);
  CHECK(crew.now() == "start 2");
  CHECK(crew.until_next() == 1h);
}

TEST_CASE("one that takes too much memory is replaced") {
  auto rules = of(2);
  rules.memory = 100;
  drill crew(rules);
  crew.now();
  crew.plan.on_memory(0, 100);
  CHECK(crew.after(1min).empty());
  crew.plan.on_memory(1, 101);
  CHECK(crew.now() == "end 1");
  CHECK(crew.ends(1) == 0ms);
  CHECK(crew.now() == "start 1");
  CHECK(crew.now().empty());
}

TEST_CASE("one that takes too much memory as soon as it begins is replaced after a pause") {
  auto rules = of(1);
  rules.memory = 100;
  drill crew(rules);
  for (const auto pause : {100ms, 200ms, 400ms}) {
    crew.after(pause);
    crew.plan.on_memory(0, 101);
    CHECK(crew.now() == "end 0");
    CHECK(crew.ends(0) == pause);
  }
}

TEST_CASE("one that does not end in time is killed, and what is killed and stays is abandoned") {
  drill crew(aged(1));
  crew.now();
  CHECK(crew.after(1h) == "end 0");
  CHECK(crew.until_next() == 30s);
  CHECK(crew.after(30s - 1ms).empty());
  CHECK(crew.after(1ms) == "kill 0");
  CHECK(crew.after(4s).empty());
  CHECK(crew.after(1s) == "abandon 0");
  CHECK(crew.now() == "start 0");
}

TEST_CASE("a crew that is stopped ends together, and is over when the last has gone") {
  drill crew(of(3));
  crew.now();
  crew.ends(1);  // waits to be started again
  crew.stop();
  CHECK(crew.now() == "end 0, end 2");
  CHECK(crew.plan.ending(0));
  CHECK_FALSE(crew.plan.over());
  CHECK(crew.ends(0) == 0ms);
  CHECK(crew.after(29s).empty());
  CHECK(crew.after(1s) == "kill 2");
  crew.ends(2);
  CHECK(crew.plan.over());
  CHECK(crew.now().empty());
}

TEST_CASE("one that is being replaced when its crew is stopped is not asked twice") {
  drill crew(aged(2));
  crew.now();
  CHECK(crew.after(1h) == "end 0");
  crew.after(10s);
  crew.stop();
  CHECK(crew.now() == "end 1");
  CHECK(crew.after(20s) == "kill 0");
  CHECK(crew.after(10s) == "abandon 0, kill 1");
}

TEST_CASE("a crew that is stopped again is killed") {
  drill crew(of(2));
  crew.now();
  crew.stop();
  CHECK(crew.now() == "end 0, end 1");
  crew.stop();
  CHECK(crew.now() == "kill 0, kill 1");
}

TEST_CASE("a crew that is stopped before it has begun is over") {
  drill crew(of(2));
  crew.stop();
  CHECK(crew.plan.over());
  CHECK(crew.now().empty());
}

TEST_CASE("all processes can be replaced, one after the other, and each once") {
  drill crew(of(2));
  crew.now();
  crew.plan.replace_all();
  CHECK(crew.now() == "end 0");
  CHECK(crew.ends(0) == 0ms);
  CHECK(crew.now() == "start 0, end 1");
  CHECK(crew.ends(1) == 0ms);
  CHECK(crew.now() == "start 1");
  CHECK(crew.after(1h).empty());
}
