#include "testing/lane.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

namespace {

using namespace std::chrono_literals;
using sluice::testing::byte_fault;
using sluice::testing::cut;
using sluice::testing::fault_plan;
using sluice::testing::frame_fault;
using sluice::testing::lane;
using kind = lane::step::kind;

constexpr std::string_view ok = "+OK\r\n";
constexpr std::string_view push = ">2\r\n+a\r\n+b\r\n";

/// A lane, its plan, and a clock that is a number.
struct track {
  fault_plan plan;
  lane way{plan};
  lane::time_point now{1h};

  void receive(std::string_view bytes) { way.receive(bytes, now); }

  /// Everything that passes at this moment, however it is cut into pieces.
  std::string drain() {
    std::string passed;
    for (last = way.next(now); last.what == kind::send; last = way.next(now)) passed += last.bytes;
    return passed;
  }

  lane::step last;
};

byte_fault at(std::uint64_t position, byte_fault::kind what) {
  return {.position = position, .what = what};
}

}  // namespace

TEST_CASE("a lane without faults passes everything at once", "[testing]") {
  track l;
  l.receive("+OK\r\n:1\r");
  l.receive("\n$3\r\nabc\r\n");
  CHECK(l.drain() == "+OK\r\n:1\r\n$3\r\nabc\r\n");
  CHECK(l.last.what == kind::idle);
  CHECK(l.plan.counts.frames_received == 3);
  CHECK(l.plan.counts.frames_passed == 3);
  CHECK(l.plan.counts.bytes_passed == 18);
}

TEST_CASE("frames are counted whatever the cuts of the stream", "[testing]") {
  const std::string stream = std::string(ok) + std::string(push) + "*2\r\n:1\r\n$2\r\n\r\n\r\n";
  for (std::size_t size = 1; size <= stream.size(); ++size) {
    track l;
    for (std::size_t start = 0; start < stream.size(); start += size) {
      l.receive(std::string_view(stream).substr(start, size));
    }
    CHECK(l.drain() == stream);
    CHECK(l.plan.counts.frames_passed == 2);
    CHECK(l.plan.counts.pushes_received == 1);
  }
}

TEST_CASE("bytes that are no RESP pass uncounted", "[testing]") {
  track l;
  const std::string_view hello("\x16\x03\x01\x02\x00", 5);
  l.receive(ok);
  l.receive(hello);
  l.receive(ok);
  CHECK(l.drain() == std::string(ok) + std::string(hello) + std::string(ok));
  CHECK(l.plan.counts.frames_passed == 1);
}

TEST_CASE("delayed bytes pass on the dot", "[testing]") {
  track l;
  l.plan.standing.delay = 50ms;
  l.receive(ok);
  CHECK(l.drain().empty());
  CHECK(l.last.what == kind::wait);
  CHECK(l.last.until == l.now + 50ms);
  l.now += 50ms;
  CHECK(l.drain() == ok);
}

TEST_CASE("jitter is drawn from its seed and never reorders", "[testing]") {
  const auto times = [](std::uint64_t seed) {
    track l;
    l.plan.standing.jitter = 10ms;
    l.plan.random.seed(seed);
    std::vector<lane::time_point> due;
    for (int i = 0; i < 50; ++i) {
      l.receive(ok);
      l.now += 1ms;
    }
    for (std::string rest; rest.size() < 50 * ok.size();) {
      rest += l.drain();
      if (l.last.what != kind::wait) break;
      due.push_back(l.now = l.last.until);
    }
    return due;
  };
  CHECK(times(1) == times(1));
  CHECK(times(1) != times(2));
  const auto due = times(1);
  for (std::size_t i = 1; i < due.size(); ++i) CHECK(due[i - 1] < due[i]);
}

TEST_CASE("a throttled lane keeps its rate", "[testing]") {
  track l;
  l.plan.standing.bytes_per_second = 1000;
  l.receive("$2000\r\n" + std::string(2000, 'x') + "\r\n");
  const auto start = l.now;
  std::size_t passed = 0;
  for (passed += l.drain().size(); l.last.what == kind::wait; passed += l.drain().size()) {
    l.now = l.last.until;
    const std::chrono::duration<double> took = l.now - start;
    CHECK(static_cast<double>(passed) <= took.count() * 1000 + 20);
  }
  CHECK(passed == 2009);
  CHECK(l.now - start > 1900ms);
  CHECK(l.now - start < 2100ms);
}

TEST_CASE("slices have their size and their pause", "[testing]") {
  track l;
  l.plan.standing.slice = 2;
  l.plan.standing.slice_pause = 1ms;
  l.receive(ok);
  CHECK(l.drain() == "+O");
  CHECK(l.last.until == l.now + 1ms);
  l.now += 1ms;
  CHECK(l.drain() == "K\r");
  l.now += 1ms;
  CHECK(l.drain() == "\n");
}

TEST_CASE("a held lane passes nothing, not even the end", "[testing]") {
  for (const cut how : {cut::close, cut::reset}) {
    track l;
    l.plan.standing.held = true;
    l.receive(ok);
    l.way.finish(how, l.now);
    CHECK(l.drain().empty());
    CHECK(l.last.what == kind::idle);
    l.plan.standing.held = false;
    CHECK(l.drain() == ok);
    CHECK(l.last.what == (how == cut::close ? kind::half_close : kind::reset));
    CHECK(l.way.next(l.now).what == kind::idle);
  }
}

TEST_CASE("the end of the stream is as late as the bytes before it", "[testing]") {
  track l;
  l.plan.standing.delay = 10ms;
  l.way.finish(cut::close, l.now);
  CHECK(l.drain().empty());
  CHECK(l.last.until == l.now + 10ms);
  l.now += 10ms;
  l.drain();
  CHECK(l.last.what == kind::half_close);
}

TEST_CASE("a lane is full at its window and empties by passing or dropping", "[testing]") {
  track l;
  l.plan.standing.window = ok.size();
  CHECK_FALSE(l.way.full());
  l.receive(ok);
  CHECK(l.way.full());
  l.drain();
  CHECK_FALSE(l.way.full());
  l.plan.standing.dropping = true;
  l.receive(ok);
  CHECK(l.drain().empty());
  CHECK_FALSE(l.way.full());
  CHECK(l.plan.counts.frames_passed == 1);
}

TEST_CASE("while dropping, the end vanishes too", "[testing]") {
  track l;
  l.plan.standing.dropping = true;
  l.way.finish(cut::close, l.now);
  l.drain();
  CHECK(l.last.what == kind::idle);
}

TEST_CASE("dropped pushes leave the replies whole, byte by byte too", "[testing]") {
  const std::string stream = std::string(ok) + std::string(push) + std::string(ok);
  track l;
  l.plan.standing.dropping_pushes = true;
  std::string passed;
  for (const char byte : stream) {
    l.receive({&byte, 1});
    passed += l.drain();
  }
  CHECK(passed == std::string(ok) + std::string(ok));
}

TEST_CASE("a lane is truncated where it was told", "[testing]") {
  for (std::uint64_t length = 0; length <= ok.size(); ++length) {
    track l;
    l.plan.byte_faults.push_back(at(length, byte_fault::kind::truncate));
    l.drain();
    CHECK(l.last.what == kind::idle);
    l.receive(ok);
    l.receive(ok);
    CHECK(l.drain() == ok.substr(0, length));
    CHECK(l.last.what == kind::reset);
  }
}

TEST_CASE("several faults strike one after the other", "[testing]") {
  track l;
  l.plan.byte_faults.push_back({.position = 3, .what = byte_fault::kind::corrupt, .mask = 0x01});
  l.plan.byte_faults.push_back({.position = 1, .what = byte_fault::kind::duplicate, .count = 2});
  l.plan.byte_faults.push_back(
      {.position = 4, .what = byte_fault::kind::truncate, .how = cut::close});
  l.receive(ok);
  CHECK(l.drain() == "+OKOK\x0c");
  CHECK(l.last.what == kind::close);
}

TEST_CASE("a repetition reaches across frames", "[testing]") {
  track l;
  l.plan.byte_faults.push_back({.position = 3, .what = byte_fault::kind::duplicate, .count = 4});
  l.receive("+OK\r\n:1\r\n");
  CHECK(l.drain() == "+OK\r\n:1\r\n:1\r\n");
  CHECK(l.plan.counts.bytes_passed == 9);
}

TEST_CASE("injected bytes wait for the end of a frame and keep their order", "[testing]") {
  track l;
  l.plan.standing.slice = 3;
  l.receive("+O");
  CHECK(l.drain() == "+O");
  l.way.inject(":1\r\n");
  l.way.inject(":2\r\n");
  CHECK(l.drain().empty());
  l.receive("K\r\n+OK\r\n");
  CHECK(l.drain() == "K\r\n:1\r\n:2\r\n+OK\r\n");
}

TEST_CASE("injected bytes pass through an idle lane at once", "[testing]") {
  track l;
  l.way.inject(push);
  CHECK(l.drain() == push);
  CHECK(l.plan.counts.bytes_passed == 0);
}

TEST_CASE("a lane is cut after the n-th frame; pushes do not count", "[testing]") {
  track l;
  l.plan.frame_faults.push_back({2, frame_fault::kind::cut_after, cut::close});
  l.receive(std::string(ok) + std::string(push) + ":2\r\n" + ":3\r\n");
  CHECK(l.drain() == std::string(ok) + std::string(push) + ":2\r\n");
  CHECK(l.last.what == kind::close);
}

TEST_CASE("a lost frame is lost from its first byte", "[testing]") {
  track l;
  l.plan.frame_faults.push_back({2, frame_fault::kind::lose, cut::reset});
  std::string passed;
  for (const char byte : std::string(":1\r\n$4\r\nlost\r\n:3\r\n")) {
    l.receive({&byte, 1});
    passed += l.drain();
  }
  CHECK(passed == ":1\r\n");
  CHECK(l.plan.counts.frames_passed == 1);
}

TEST_CASE("a fault strikes one of several lanes", "[testing]") {
  fault_plan plan;
  lane one(plan);
  lane two(plan);
  const lane::time_point now{1h};
  plan.frame_faults.push_back({1, frame_fault::kind::lose, cut::reset});
  one.receive("+", now);
  two.receive(ok, now);
  CHECK(one.next(now).what == kind::idle);
  CHECK(two.next(now).bytes == ok);
  one.receive("OK\r\n", now);
  CHECK(one.next(now).what == kind::reset);
}
