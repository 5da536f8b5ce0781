// Cancelling at every step: what was on its way goes to the next call.

#include "support/catch.hpp"
#include "support/wakes.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

#include <optional>

namespace {

using namespace scene;
using sluice::errc;
using sluice::group_consumer;
using sluice::waiting;

// Asio posts once before a coroutine that begins, and once after one that never waited; cancelled
// there, it throws out of run(). Both are over when `started` is set.
asio::awaitable<void> run_noticed(bool& started, std::function<asio::awaitable<void>()> act) {
  co_await asio::post(asio::use_awaitable);
  started = true;
  co_await act();
}

// Runs `act` up to where it first waits, cancels it after so many further steps of the io_context,
// and runs it to its end. Returns whether it was over before.
bool cancel_after(asio::io_context& io, int steps, std::function<asio::awaitable<void>()> act) {
  asio::cancellation_signal signal;
  bool started = false, finished = false;
  asio::co_spawn(io, run_noticed(started, std::move(act)),
                 asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr thrown) {
                   finished = true;
                   if (!thrown) return;
                   try {
                     std::rethrow_exception(thrown);
                   } catch (const boost::system::system_error& why) {
                     CHECK(why.code() == sluice::condition::cancelled);
                   }
                 }));
  io.restart();
  while (!started) io.run_one_for(20ms);
  for (int i = 0; i < steps && !finished; ++i) io.run_one_for(20ms);
  const bool in_time = finished;
  // From inside the io_context: from outside, the cancellation would be posted and come too late.
  bool cancelled = false;
  asio::post(io, [&] {
    if (!finished) signal.emit(asio::cancellation_type::terminal);
    cancelled = true;
  });
  io.restart();
  for (int i = 0; i < 1'000 && !(finished && cancelled); ++i) io.run_one_for(20ms);
  REQUIRE(finished);
  return in_time;
}

TEST_CASE("a wait that is cancelled at any step loses no entry, of a group") {
  const auto as = GENERATE(from_range(each_reading()));
  const std::size_t prefetch = GENERATE(0U, 1U, 100U);
  CAPTURE(as, prefetch);
  waking_world world(as);
  group_consumer in(world.redis, world.member().prefetch(prefetch));
  std::vector<int> found;
  int in_time = 0, added = 0;
  for (int steps = 0; in_time < 3 && steps < 60; ++steps) {
    world.add("s", 1, added++);
    in_time += cancel_after(world.io, steps, [&]() -> asio::awaitable<void> {
      auto next = co_await in.get_entry();
      if (!next) co_return;
      found.push_back(number_of(*next));
      std::move(*next).ack_later();
    });
  }
  CHECK(in_time > 0);
  world.play([&]() -> asio::awaitable<void> {
    const auto rest = co_await numbers(in, static_cast<std::size_t>(added) - found.size());
    found.insert(found.end(), rest.begin(), rest.end());
    CHECK(found == series(added));
    co_await in.flush();
    CHECK(world.pending("s", "g") == 0);
  });
}

TEST_CASE("a wait that is cancelled at any step loses no entry, of a reader") {
  const auto as = GENERATE(from_range(each_reading()));
  CAPTURE(as);
  waking_world world(as);
  sluice::consumer in(world.redis, world.reader());
  std::vector<int> found;
  int in_time = 0, added = 0;
  for (int steps = 0; in_time < 3 && steps < 60; ++steps) {
    world.add("s", 1, added++);
    in_time += cancel_after(world.io, steps, [&]() -> asio::awaitable<void> {
      const auto next = co_await in.get_entry();
      if (next) found.push_back(number_of(*next));
    });
  }
  CHECK(in_time > 0);
  world.play([&]() -> asio::awaitable<void> {
    const auto rest = co_await numbers(in, static_cast<std::size_t>(added) - found.size());
    found.insert(found.end(), rest.begin(), rest.end());
    CHECK(found == series(added));
  });
}

TEST_CASE("a batch that is cancelled at any step loses no entry") {
  stream_world world;
  group_consumer in(world.redis, sluice::group("g").consumer("c").stream("s").prefetch(3));
  std::vector<int> found;
  int in_time = 0, added = 0;
  for (int steps = 0; in_time < 3 && steps < 60; ++steps) {
    world.add("s", 2, added);
    added += 2;
    in_time += cancel_after(world.io, steps, [&]() -> asio::awaitable<void> {
      auto batch = co_await in.get_batch(2);
      for (auto& each : batch) {
        found.push_back(number_of(each));
        std::move(each).ack_later();
      }
    });
  }
  world.play([&]() -> asio::awaitable<void> {
    const auto rest = co_await numbers(in, static_cast<std::size_t>(added) - found.size());
    found.insert(found.end(), rest.begin(), rest.end());
    CHECK(found == series(added));
  });
}

TEST_CASE("an acknowledgement is sent although its wait is cancelled at any step") {
  stream_world world;
  group_consumer in(world.redis, sluice::group("g").consumer("c").stream("s"));
  int in_time = 0;
  for (int steps = 0; in_time < 3 && steps < 40; ++steps) {
    world.add("s", 1);
    std::optional<sluice::delivery> held;
    world.play([&]() -> asio::awaitable<void> { held = co_await in.get_entry(); });
    REQUIRE(held);
    in_time += cancel_after(world.io, steps,
                            [&]() -> asio::awaitable<void> { co_await std::move(*held).ack(); });
    CHECK_FALSE(held->pending());
  }
  world.play([&]() -> asio::awaitable<void> {
    co_await until([&] { return world.pending("s", "g") == 0; });
  });
  CHECK(in_time > 0);
}

TEST_CASE("cancelled waits among several leave the entries to the others") {
  stream_world world;
  group_consumer in(world.redis, sluice::group("g").consumer("c").stream("s").prefetch(0));
  std::vector<int> found;
  asio::cancellation_signal signals[4];
  int ended = 0;
  for (auto& each : signals) {
    asio::co_spawn(
        world.io,
        [&]() -> asio::awaitable<void> {
          auto next = co_await in.get_entry();
          if (next) found.push_back(number_of(*next));
        },
        asio::bind_cancellation_slot(each.slot(), [&](std::exception_ptr) { ++ended; }));
  }
  world.play([&]() -> asio::awaitable<void> {
    co_await pause(20ms);
    world.add("s", 1);
    signals[0].emit(asio::cancellation_type::terminal);
    signals[1].emit(asio::cancellation_type::terminal);
    co_await until([&] { return found.size() == 1; });
    world.add("s", 1, 1);
    co_await until([&] { return found.size() == 2 && ended == 4; });
  });
}

TEST_CASE("a flush and a send that are cancelled leave the rest alone") {
  stream_world world;
  sluice::producer out(world.redis);
  out.window(1, 1'000'000);
  int added = 0, in_time = 0;
  for (int steps = 0; steps < 15; ++steps) {
    in_time += cancel_after(world.io, steps, [&]() -> asio::awaitable<void> {
      co_await out.send("s", sluice::fields("n", "1"));
      ++added;
      co_await out.send("s", sluice::fields("n", "1"));
      ++added;
      co_await out.flush();
    });
  }
  world.play([&]() -> asio::awaitable<void> {
    co_await out.flush();
    CHECK(world.server.command({"XLEN", "s"}) == std::to_string(added));
  });
  CHECK(in_time > 0);
}

TEST_CASE("an io_context that ends in the middle of everything leaves nothing behind") {
  const auto as = GENERATE(from_range(each_reading()));
  CAPTURE(as);
  for (int steps = 0; steps < 40; steps += 3) {
    private_server server;
    server.command({"XADD", "s", "*", "n", "1"});
    asio::io_context io;
    sluice::client redis(io.get_executor(), server.url());
    group_consumer in(redis, sluice::group("g").consumer("c").stream("s").wake_by(as.how));
    sluice::producer out(redis);
    beside(io, [&]() -> asio::awaitable<void> {
      for (;;) {
        auto next = co_await in.get_entry();
        co_await std::move(*next).ack();
      }
    });
    beside(io, [&]() -> asio::awaitable<void> {
      for (;;) {
        co_await out.send("s", sluice::fields("n", "1"));
        co_await out.flush();
      }
    });
    for (int i = 0; i < steps; ++i) io.run_one_for(20ms);
  }
}

}  // namespace
