// Calls by the thousand, from many places at once.
#pragma once

#include "support/stream_world.hpp"

#include <sluice/app/app.hpp>

#include <boost/json/value.hpp>

#include <cstdint>

namespace scene {

/// Calls "double", and looks whether each answer is that of its call.
struct many_calls {
  many_calls(stream_world& where, sluice::app& by) : world(where), from(by) {}

  /// So many calls in all; those that are missing are made from so many places at once.
  asio::awaitable<void> make(std::int64_t calls, int places) {
    for (int i = 0; i < places; ++i) {
      world.beside([this, calls]() -> asio::awaitable<void> {
        while (begun < calls) co_await call(begun++);
      });
    }
    const auto all_over = [this, calls] { return over == calls; };
    co_await until(all_over, 60min);
  }

  asio::awaitable<void> call(std::int64_t number) {
    auto lane = from.send("double", number);
    const auto answer = co_await lane.read(60s);
    if (answer == boost::json::value(2 * number)) ++right;
    ++over;
  }

  stream_world& world;
  sluice::app& from;
  std::int64_t begun = 0;
  std::int64_t over = 0;
  std::int64_t right = 0;
};

}  // namespace scene
