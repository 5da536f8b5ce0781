#include "support/stream_world.hpp"

#include <sluice/flow/from.hpp>
#include <sluice/flow/from_group.hpp>
#include <sluice/flow/map.hpp>
#include <sluice/flow/partition.hpp>
#include <sluice/flow/to_stream_once.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace scene;
namespace flow = sluice::flow;

sluice::group copying() {
  return sluice::group("copy").consumer("one").stream("in").wait(sluice::waiting(300ms));
}

sluice::fields doubled(const sluice::entry& which) {
  return sluice::fields("n", std::to_string(2 * number_of(which)));
}

void run_in(stream_world& world, flow::pipeline made) {
  world.play([&]() -> asio::awaitable<void> { co_await made.run(); });
}

std::vector<int> numbers_in(stream_world& world, const std::string& stream) {
  std::vector<int> found;
  const auto from = sluice::streams(stream, sluice::start::earliest()).wait(sluice::waiting(100ms));
  world.play([&]() -> asio::awaitable<void> {
    sluice::consumer all(world.redis, from);
    found = co_await numbers(all, 1'000'000, sluice::waiting(100ms));
  });
  return found;
}

TEST_CASE("what a group's entries are made into is added, and they are acknowledged with it") {
  stream_world world;
  world.add("in", 500);
  run_in(world, flow::from_group(world.redis, copying()) | flow::map(doubled) |
                    flow::to_stream_once(world.redis, "out"));
  auto expected = series(500);
  for (auto& each : expected) each *= 2;
  CHECK(numbers_in(world, "out") == expected);
  CHECK(world.pending("in", "copy") == 0);
}

TEST_CASE("a batch is one step") {
  stream_world world;
  world.add("in", 100);
  run_in(world, flow::from_group(world.redis, copying()) | flow::map(doubled) |
                    flow::partition(30) | flow::to_stream_once(world.redis, "out"));
  CHECK(numbers_in(world, "out").size() == 100);
  CHECK(world.pending("in", "copy") == 0);
}

TEST_CASE("an entry that belongs to another member by then is not added") {
  stream_world world;
  world.add("in", 10);
  const auto robbed = [&](const sluice::entry& which) {
    if (number_of(which) == 4) {
      world.server.command({"XCLAIM", "in", "copy", "other", "0", which.id_text()});
    }
    return doubled(which);
  };
  run_in(world, flow::from_group(world.redis, copying()) | flow::map(robbed) |
                    flow::to_stream_once(world.redis, "out"));
  CHECK(numbers_in(world, "out") == std::vector{0, 2, 4, 6, 10, 12, 14, 16, 18});
  CHECK(world.pending("in", "copy") == 1);
}

TEST_CASE("a batch with an entry that belongs to another member is tried again without it") {
  stream_world world;
  world.add("in", 10);
  bool robbed = false;
  const auto robbing = [&](const sluice::entry& which) {
    if (number_of(which) == 4 && !std::exchange(robbed, true)) {
      world.server.command({"XCLAIM", "in", "copy", "other", "0", which.id_text()});
    }
    return doubled(which);
  };
  const auto soon = sluice::retry_policy::fixed(1ms);
  run_in(world, flow::from_group(world.redis, copying(), soon) | flow::map(robbing) |
                    flow::partition(5) | flow::to_stream_once(world.redis, "out"));
  auto added = numbers_in(world, "out");
  std::ranges::sort(added);
  CHECK(added == std::vector{0, 2, 4, 6, 10, 12, 14, 16, 18});
  CHECK(world.pending("in", "copy") == 1);
}

TEST_CASE("what cannot be added leaves its entry to be tried again") {
  stream_world world;
  world.add("in", 1);
  world.server.command({"SET", "out", "no stream"});
  const auto twice = sluice::retry_policy::fixed(1ms).attempts(2);
  run_in(world, flow::from_group(world.redis, copying(), twice) | flow::map(doubled) |
                    flow::to_stream_once(world.redis, "out"));
  CHECK(world.pending("in", "copy") == 0);
  CHECK(world.server.command({"XLEN", "in:dead"}) == "1");
}

TEST_CASE("an entry that comes again while a batch still has it is added once") {
  stream_world world;
  world.add("in", 1);
  auto impatient = copying();
  impatient.heartbeat(20ms).claim_timeout(400ms).max_lease(300ms).wait(sluice::waiting(2s));
  int made = 0;
  // The second time the first one still waits for company; then there is some.
  const auto counted = [&](const sluice::entry& which) {
    if (++made == 2) world.add("in", 1, 1);
    return doubled(which);
  };
  run_in(world, flow::from_group(world.redis, impatient, sluice::retry_policy::fixed(1ms)) |
                    flow::map(counted) | flow::partition(2) |
                    flow::to_stream_once(world.redis, "out"));
  CHECK(made >= 3);
  auto added = numbers_in(world, "out");
  std::ranges::sort(added);
  CHECK(added == std::vector{0, 2});
  CHECK(world.pending("in", "copy") == 0);
}

TEST_CASE("parts of an entry that come one by one end the run, and do not vanish") {
  stream_world world;
  world.add("in", 1);
  const auto twice = [](const sluice::entry& which) {
    return std::vector<sluice::fields>(2, doubled(which));
  };
  auto made = flow::from_group(world.redis, copying()) | flow::flat_map(twice) |
              flow::to_stream_once(world.redis, "out");
  world.play([&]() -> asio::awaitable<void> {
    auto running = made.run();
    const auto why = co_await failure_of(std::move(running));
    CHECK(why.code() == sluice::errc::invalid_argument);
    CHECK_THAT(why.what(), Catch::Matchers::Contains("one vector"));
  });
}

TEST_CASE("nothing is acknowledged where the stream must be there, and is not") {
  stream_world world;
  world.add("in", 3);
  const auto twice = sluice::retry_policy::fixed(1ms).attempts(2);
  run_in(world,
         flow::from_group(world.redis, copying(), twice) | flow::map(doubled) |
             flow::to_stream_once(world.redis, "out", sluice::add_options().only_existing()));
  CHECK(world.server.command({"EXISTS", "out"}) == "0");
  CHECK(world.server.command({"XLEN", "in:dead"}) == "3");
}

TEST_CASE("options that one entry alone could have are refused") {
  stream_world world;
  const auto refused = [&](const sluice::add_options& how) {
    try {
      flow::to_stream_once(world.redis, "out", how);
    } catch (const sluice::error& why) {
      return why.code() == sluice::errc::invalid_argument;
    }
    return false;
  };
  CHECK(refused(sluice::add_options().id(sluice::entry_id(1, 0))));
  CHECK(refused(sluice::add_options().once("key")));
}

TEST_CASE("a batch with more than a script can add is refused as a whole") {
  stream_world world;
  world.add("in", 3);
  const auto parts = [](const sluice::entry& which) {
    std::vector<sluice::fields> all(number_of(which) == 1 ? 300'000 : 2, sluice::fields("n", "1"));
    const int more = number_of(which) == 2 ? 3'950 : 3'900;
    for (int i = 1; i < more && all.size() == 2; ++i) all.back().add("more", "1");
    return all;
  };
  auto made = flow::from_group(world.redis, copying()) | flow::map(parts) |
              flow::to_stream_once(world.redis, "out");
  std::vector<std::string> refused;
  made.on_failed([&](std::string_view, const std::exception_ptr& why) {
    refused.push_back(sluice::thrown_text(why));
  });
  run_in(world, std::move(made));
  CHECK(refused.size() == 2);
  CHECK(world.server.command({"XLEN", "out"}) == "2");
  CHECK(world.pending("in", "copy") == 2);
}

TEST_CASE("what comes from nowhere is refused") {
  stream_world world;
  CHECK(code_of([&] {
          run_in(world, flow::from(std::vector{sluice::fields("n", "1")}) |
                            flow::to_stream_once(world.redis, "out"));
        }) == sluice::errc::invalid_argument);
  CHECK(world.server.command({"EXISTS", "out"}) == "0");
}

}  // namespace
