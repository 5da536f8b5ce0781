#include "support/stream_world.hpp"

#include <sluice/flow/every.hpp>
#include <sluice/flow/from.hpp>
#include <sluice/flow/from_group.hpp>
#include <sluice/flow/from_stream.hpp>
#include <sluice/flow/into.hpp>
#include <sluice/flow/map.hpp>
#include <sluice/flow/partition.hpp>
#include <sluice/flow/to_redis.hpp>

#include <cstdint>
#include <ranges>
#include <string>
#include <vector>

namespace {

using namespace scene;
namespace flow = sluice::flow;

void run(stream_world& world, flow::pipeline made) {
  world.play([&]() -> asio::awaitable<void> { co_await made.run(); });
}

sluice::fields as_fields(int n) { return sluice::fields("n", std::to_string(n)); }
std::string as_text(int n) { return std::to_string(n); }

TEST_CASE("what comes is added to a stream in order, and the entries of a stream come out") {
  stream_world world;
  run(world, flow::from(std::views::iota(0, 1000)) | flow::map(as_fields) |
                 flow::to_stream(world.redis, "numbers"));
  const auto from =
      sluice::streams("numbers", sluice::start::earliest()).wait(sluice::waiting(200ms));
  std::vector<int> seen;
  run(world, flow::from_stream(world.redis, from) | flow::map(number_of) | flow::into(seen));
  CHECK(seen == series(1000));
}

TEST_CASE("a slow sink is given every entry of a stream, in order") {
  stream_world world;
  world.add("numbers", 300);
  const auto from =
      sluice::streams("numbers", sluice::start::earliest()).wait(sluice::waiting(200ms));
  std::vector<int> seen;
  const auto slow = [&](int n) -> asio::awaitable<void> {
    co_await pause(0ms);
    seen.push_back(n);
  };
  run(world, flow::from_stream(world.redis, from) | flow::map(number_of) | flow::sink(slow));
  CHECK(seen == series(300));
}

TEST_CASE("a stream that is written is cut as was said") {
  stream_world world;
  run(world,
      flow::from(std::views::iota(0, 100)) | flow::map(as_fields) |
          flow::to_stream(world.redis, "numbers",
                          sluice::add_options().cut(sluice::trim::max_length(10).exactly())));
  CHECK(world.server.command({"XLEN", "numbers"}) == "10");
}

TEST_CASE("batches of fields are added as they are") {
  stream_world world;
  run(world, flow::from(std::views::iota(0, 100)) | flow::map(as_fields) | flow::partition(7) |
                 flow::to_stream(world.redis, "numbers"));
  CHECK(world.server.command({"XLEN", "numbers"}) == "100");
}

TEST_CASE("entries go from a group to another stream, acknowledged when they are there") {
  stream_world world;
  world.add("in", 500);
  run(world, flow::from_group(world.redis,
                              sluice::group("copy").stream("in").wait(sluice::waiting(300ms))) |
                 flow::to_stream(world.redis, "out"));
  CHECK(world.server.command({"XLEN", "out"}) == "500");
  CHECK(world.pending("in", "copy") == 0);
}

TEST_CASE("texts are pushed to either end of a list, in order") {
  stream_world world;
  run(world, flow::from(std::views::iota(0, 50)) | flow::map(as_text) |
                 flow::to_list(world.redis, "right"));
  run(world, flow::from(std::views::iota(0, 50)) | flow::map(as_text) | flow::partition(8) |
                 flow::to_list(world.redis, "left", sluice::list_end::left));
  CHECK(world.server.command({"LINDEX", "right", "49"}) == "49");
  CHECK(world.server.command({"LINDEX", "left", "0"}) == "49");
}

TEST_CASE("what is published comes out, as long as the pipeline runs") {
  stream_world world;
  std::vector<std::string> seen;
  const auto text = [](const sluice::message& what) { return std::string(what.payload()); };
  auto made = flow::from_channels(world.redis, sluice::channels("news")) | flow::map(text) |
              flow::into(seen);
  world.beside([&]() -> asio::awaitable<void> {
    co_await until([&] { return world.server.command({"PUBSUB", "NUMSUB", "news"}) != "news\n0"; });
    auto publishing = flow::from(std::views::iota(0, 3)) | flow::map(as_text) |
                      flow::to_channel(world.redis, "news");
    co_await publishing.run();
    co_await until([&] { return seen.size() == 3; });
    made.stop();
  });
  world.play([&]() -> asio::awaitable<void> { co_await made.run(); });
  CHECK(seen == std::vector<std::string>{"0", "1", "2"});
}

TEST_CASE("a key of another type fails the elements, and the run that cannot give them back") {
  stream_world world;
  world.server.command({"SET", "numbers", "none"});
  CHECK(code_of([&] {
          run(world, flow::from(std::views::iota(0, 3)) | flow::map(as_fields) |
                         flow::to_stream(world.redis, "numbers"));
        }) == sluice::errc::wrong_type);
}

TEST_CASE("every tells how many intervals have passed") {
  asio::io_context io;
  std::vector<std::uint64_t> seen;
  auto made = flow::every(2ms) | flow::into(seen);
  scene::beside(io, [&]() -> asio::awaitable<void> {
    while (seen.size() < 5) co_await pause(1ms);
    made.stop();
  });
  scene::play(io, [&]() -> asio::awaitable<void> { co_await made.run(); });
  CHECK(seen.front() == 1);
  CHECK(std::ranges::is_sorted(seen));
}

}  // namespace
