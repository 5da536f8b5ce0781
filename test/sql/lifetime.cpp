// Ends: stop, cancellation, a closed client, and objects that go in any order.

#include "outbox_world.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <optional>

namespace {

using namespace scene;
using sluice::errc;

TEST_CASE("a publisher that is stopped ends, and may run again") {
  outbox_world world;
  auto out = world.publisher();
  for (int i = 0; i < 3; ++i) {
    world.stage("orders", i);
    world.play_beside(out, [&]() -> asio::awaitable<void> {
      co_await until([&] { return world.unsent() == 0; });
    });
  }
  CHECK(world.data("orders") == texts(3));
}

TEST_CASE("destroying the publisher ends its run, and the program can end") {
  outbox_world world;
  std::optional<outbox::publisher> out(world.publisher());
  bool ended = false;
  world.play([&]() -> asio::awaitable<void> {
    world.beside([&]() -> asio::awaitable<void> {
      co_await out->run();
      ended = true;
    });
    co_await until([&] { return out->statistics().looks > 0; });
  });
  out.reset();
  { const auto last = std::move(world.redis); }
  play_out(world.io);
  CHECK(ended);
}

TEST_CASE("a run that is cancelled finishes its batch and says that it was cancelled") {
  outbox_world world;
  world.stage_series("orders", 5);
  auto out = world.publisher();
  asio::cancellation_signal signal;
  std::exception_ptr failure;
  bool ended = false;
  world.play([&]() -> asio::awaitable<void> {
    asio::co_spawn(world.io, out.run(),
                   asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr thrown) {
                     failure = std::move(thrown);
                     ended = true;
                   }));
    co_await until([&] { return !world.data("orders").empty(); });
    signal.emit(asio::cancellation_type::terminal);
    co_await until([&] { return ended; });
  });
  CHECK(code_of([&] { std::rethrow_exception(failure); }) == sluice::condition::cancelled);
  CHECK(world.unsent() == 0);
}

TEST_CASE("a run whose coroutine awaits on after a cancellation is not disturbed by it") {
  outbox_world world;
  auto out = world.publisher();
  asio::cancellation_signal signal;
  bool cancelled = false, told = false;
  const auto user = [&]() -> asio::awaitable<void> {
    auto outcome = co_await sluice::as_result(out.run());
    cancelled = !outcome && outcome.error().code() == sluice::condition::cancelled;
    // Asio's own rule holds for the user's coroutine again.
    try {
      co_await pause(1ms);
    } catch (const boost::system::system_error& why) {
      told = why.code() == asio::error::operation_aborted;
    }
  };
  world.play([&]() -> asio::awaitable<void> {
    asio::co_spawn(world.io, user,
                   asio::bind_cancellation_slot(signal.slot(), [](std::exception_ptr) {}));
    co_await until([&] { return out.statistics().looks > 0; });
    signal.emit(asio::cancellation_type::terminal);
    co_await until([&] { return told; });
  });
  CHECK(cancelled);
}

TEST_CASE("a run ends with an error when its client is closed") {
  outbox_world world;
  auto out = world.publisher();
  sluice::error why;
  world.play([&]() -> asio::awaitable<void> {
    bool ended = false;
    world.beside([&]() -> asio::awaitable<void> {
      why = co_await failure_of(out.run());
      ended = true;
    });
    co_await until([&] { return out.statistics().looks > 0; });
    co_await world.redis.close();
    world.stage("orders", 0);
    co_await until([&] { return ended; });
  });
  CHECK(why.code() == errc::closed);
}

TEST_CASE("a publisher runs once at a time") {
  outbox_world world;
  auto out = world.publisher();
  world.play_beside(out, [&]() -> asio::awaitable<void> {
    co_await until([&] { return out.statistics().looks > 0; });
    CHECK(code_of([&] { (void)out.run(); }) == errc::invalid_argument);
  });
}

TEST_CASE("what a failure handler throws ends the run and comes out of it") {
  outbox_world world;
  auto how = world.quick();
  how.from(outbox::table(outbox::table_layout::native, "no_such_table"));
  how.on_failure([](const outbox::publish_failure&) { throw std::runtime_error("mine"); });
  auto out = world.publisher(how);
  std::string text;
  world.play([&]() -> asio::awaitable<void> {
    try {
      co_await out.run();
    } catch (const std::runtime_error& why) {
      text = why.what();
    }
  });
  CHECK(text == "mine");
}

TEST_CASE("the execution context may go first, whatever the publisher does at the moment") {
  outbox_world world;
  world.stage_series("orders", 2'000);
  for (int i = 0; i < 40; ++i) {
    std::optional<outbox::publisher> out;
    {
      asio::io_context io;
      out.emplace(sluice::client(io.get_executor(), world.server.url()), world.base.url(),
                  world.quick().batch(10));
      asio::co_spawn(io, out->run(), sluice::rethrow);
      io.run_for(std::chrono::microseconds(997 * i));
    }
    out.reset();
  }
  auto last = world.publisher();
  world.play_beside(last, [&]() -> asio::awaitable<void> {
    co_await until([&] { return world.unsent() == 0; });
  });
  CHECK(world.data("orders").size() >= 2'000);
}

TEST_CASE("a run that is dropped in the middle of a batch leaves no lock behind") {
  outbox_world world(GENERATE(from_range(databases())));
  world.stage_series("orders", 500);
  for (int i = 0; i < 20; ++i) {
    {
      asio::io_context io;
      outbox::publisher out(sluice::client(io.get_executor(), world.server.url()), world.base.url(),
                            world.quick().batch(10));
      asio::co_spawn(io, out.run(), sluice::rethrow);
      io.run_for(std::chrono::milliseconds(i));
    }
    CHECK_NOTHROW(world.stage("other", i));
    world.sql << "UPDATE " + world.where.name() + " SET sent = FALSE WHERE id = 1";
  }
}

}  // namespace
