// When the backlog is asked for, and what follows.
#include "support/catch.hpp"

#include "app/backlog_pace.hpp"

#include <chrono>

namespace {

using namespace std::chrono_literals;
using sluice::backlog_pace;
using sluice::concurrency_policy;

constexpr auto never = backlog_pace::time_point::max();
constexpr bool busy = true;
constexpr bool idle = false;

struct asking {
  backlog_pace::time_point now{1h};
  backlog_pace pace{concurrency_policy({{10, 2}, {20, 4}}).change_every(5s)};

  std::size_t answer(std::optional<std::uint64_t> backlog) {
    REQUIRE(pace.asks(now, busy));
    return pace.on_answer(backlog, now).value_or(0);
  }
};

TEST_CASE("nobody asks before there is something to work on") {
  asking with;
  CHECK_FALSE(with.pace.asks(with.now, idle));
  CHECK(with.pace.alarm(idle) == never);
}

TEST_CASE("it is asked with the first message, and not again before the answer came") {
  asking with;
  CHECK(with.pace.asks(with.now, busy));
  CHECK_FALSE(with.pace.asks(with.now + 1h, busy));
  CHECK(with.pace.alarm(busy) == never);
}

TEST_CASE("a backlog raises the number at once, and its end lowers it") {
  asking with;
  CHECK(with.answer(15) == 4);
  with.now += 5s;
  CHECK(with.answer(0) == 2);
}

TEST_CASE("there is a time between two changes, and the next question comes after it") {
  asking with;
  CHECK(with.answer(15) == 4);
  CHECK_FALSE(with.pace.asks(with.now, busy));
  CHECK_FALSE(with.pace.asks(with.now + 4999ms, busy));
  CHECK(with.pace.alarm(busy) == with.now + 5s);
  CHECK(with.pace.asks(with.now + 5s, busy));
}

TEST_CASE("the time between changes counts from the answer, however late it came") {
  asking with;
  REQUIRE(with.pace.asks(with.now, busy));
  with.now += 30s;
  CHECK(with.pace.on_answer(15, with.now) == std::size_t(4));
  CHECK_FALSE(with.pace.asks(with.now + 4s, busy));
}

TEST_CASE("what nobody knows changes nothing") {
  asking with;
  CHECK(with.answer(15) == 4);
  with.now += 5s;
  CHECK(with.answer(std::nullopt) == 0);
  with.now += 5s;
  CHECK(with.answer(15) == 0);
  with.now += 5s;
  CHECK(with.answer(9) == 2);
}

TEST_CASE("while more are worked on than the fewest it is asked without messages, too") {
  asking with;
  CHECK(with.answer(15) == 4);
  CHECK(with.pace.alarm(idle) == with.now + 5s);
  with.now += 5s;
  CHECK(with.pace.asks(with.now, idle));
  CHECK(with.pace.on_answer(0, with.now) == std::size_t(2));
  CHECK(with.pace.alarm(idle) == never);
}

}  // namespace
