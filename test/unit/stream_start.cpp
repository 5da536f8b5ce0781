// Ids, where to begin, how long to wait: the small values of the stream floor.
#include <sluice/group/group_consumer.hpp>
#include <sluice/stream/consumer.hpp>
#include <sluice/stream/start.hpp>
#include <sluice/stream/waiting.hpp>

#include "support/catch.hpp"
#include "support/scene.hpp"

#include <limits>

namespace {

using namespace std::literals;
using scene::code_of;
using sluice::entry_id;
using sluice::errc;
using sluice::start;
using sluice::waiting;

constexpr auto top = std::numeric_limits<std::uint64_t>::max();

TEST_CASE("ids are read as the server writes them") {
  CHECK(entry_id::parse("0-0") == entry_id());
  CHECK(entry_id::parse("1526919030474-55") == entry_id(1'526'919'030'474, 55));
  CHECK(entry_id::parse("12345678-1") == entry_id(12'345'678, 1));
  CHECK(entry_id::parse("123456789-12345678") == entry_id(123'456'789, 12'345'678));
  CHECK(entry_id::parse("7") == entry_id(7));
  CHECK(entry_id::parse("18446744073709551615-18446744073709551615") == entry_id::max());
  CHECK(entry_id::parse("00000000000000000000001-1") == entry_id(1, 1));
}

TEST_CASE("what is no id is none") {
  const auto* const text =
      GENERATE("", "-", "1-", "-1", "+1-1", "1-+1", " 1-1", "1-1 ", "1 -1", "a-1", "1-a", "1-1-1",
               "18446744073709551616-0", "0-18446744073709551616", "99999999999999999999999-0",
               "1--1", "0x1-1", "1.5-0", "12345678a-1", "1234567:-1", "/2345678-1");
  CHECK_FALSE(entry_id::parse(text));
}

TEST_CASE("every id survives being written and read") {
  for (const auto& [ms, sequence] :
       {std::pair{std::uint64_t{0}, top}, std::pair{top, std::uint64_t{0}},
        std::pair{std::uint64_t{99'999'999}, std::uint64_t{100'000'000}}}) {
    const entry_id id(ms, sequence);
    CHECK(entry_id::parse(id.to_string()) == id);
  }
}

TEST_CASE("ids are ordered by time, then by number, and know their neighbours") {
  CHECK(entry_id(1, 9) < entry_id(2, 0));
  CHECK(entry_id(1, 1) < entry_id(1, 2));
  CHECK(entry_id(1, 0).previous() == entry_id(0, top));
  CHECK(entry_id(0, top).next() == entry_id(1, 0));
  CHECK(entry_id().previous() == entry_id());
  CHECK(entry_id::max().next() == entry_id::max());
}

TEST_CASE("an id at a time comes before all that were made then") {
  const std::chrono::system_clock::time_point noon{1'700'000'000'123ms};
  CHECK(entry_id::at(noon) == entry_id(1'700'000'000'123));
  CHECK(entry_id::at(noon).time() == noon);
  CHECK(entry_id::at(std::chrono::system_clock::time_point(-5s)) == entry_id());
}

TEST_CASE("to start at a time is to start after the id before it") {
  const std::chrono::system_clock::time_point when{5ms};
  CHECK(start::at(when).what() == start::kind::after);
  CHECK(start::at(when).id() == entry_id(4, top));
  CHECK(start::after(entry_id(3)).id() == entry_id(3));
  CHECK(start::last(9).count() == 9);
}

TEST_CASE("a plain duration is a waiting time") {
  const waiting limited = 250ms;
  CHECK_FALSE(limited.is_for_ever());
  CHECK_FALSE(limited.is_none());
  CHECK(limited.limit() == 250ms);
  CHECK(waiting(2s).limit() == 2s);
  CHECK(waiting(1us).limit() == 1ms);
  CHECK(waiting::none().is_none());
  CHECK(waiting::for_ever().is_for_ever());
}

TEST_CASE("the net is looked at every second to every minute") {
  sluice::streams what("s");
  sluice::group which("g");
  CHECK(what.recheck_interval(1s).recheck_interval(60s).recheck_interval() == 60s);
  CHECK(which.recheck_interval(1s).recheck_interval(60s).recheck_interval() == 60s);
  for (const auto wrong : {0ms, 999ms, 60'001ms, -1ms}) {
    CHECK(code_of([&] { what.recheck_interval(wrong); }) == errc::invalid_argument);
    CHECK(code_of([&] { which.recheck_interval(wrong); }) == errc::invalid_argument);
  }
}

TEST_CASE("a reader that polls rests in between") {
  sluice::streams what("s");
  sluice::group which("g");
  CHECK(what.poll_interval(1ms).poll_interval() == 1ms);
  CHECK(which.poll_interval(1ms).poll_interval() == 1ms);
  for (const auto wrong : {0ms, -1ms}) {
    CHECK(code_of([&] { what.poll_interval(wrong); }) == errc::invalid_argument);
    CHECK(code_of([&] { which.poll_interval(wrong); }) == errc::invalid_argument);
  }
}

TEST_CASE("the options of a group say what they were given") {
  const auto what = sluice::group("g")
                        .consumer("c")
                        .stream("a")
                        .stream("b")
                        .prefetch(3)
                        .prefetch_bytes(9)
                        .no_auto_create()
                        .auto_acknowledge(true)
                        .replay_pending(false)
                        .wait(7ms)
                        .wake_by(sluice::wake::poll)
                        .poll_interval(5ms)
                        .on_loss(sluice::group_loss::fail);
  CHECK(what.name() == "g");
  CHECK(what.consumer() == "c");
  CHECK(what.streams() == std::vector<std::string>{"a", "b"});
  CHECK(what.prefetch() == 3);
  CHECK(what.prefetch_bytes() == 9);
  CHECK_FALSE(what.auto_create());
  CHECK(what.auto_acknowledge());
  CHECK_FALSE(what.replay_pending());
  CHECK(what.wait().limit() == 7ms);
  CHECK(what.wake_by() == sluice::wake::poll);
  CHECK(what.poll_interval() == 5ms);
  CHECK(what.on_loss() == sluice::group_loss::fail);
}

}  // namespace
