// What tests of pipelines begin with: one that runs to its end, and numbers to let through.
#pragma once

#include "support/scene.hpp"

#include <sluice/flow/from.hpp>
#include <sluice/flow/into.hpp>
#include <sluice/flow/pipeline.hpp>

#include <ranges>
#include <utility>

namespace scene {

/// On an io_context of its own; rethrows what it throws.
inline void run(sluice::flow::pipeline made) {
  asio::io_context io;
  play(io, [&]() -> asio::awaitable<void> { co_await made.run(); });
}

/// A source of 0, 1, … : `count` of them.
inline auto numbers(int count) { return sluice::flow::from(std::views::iota(0, count)); }

}  // namespace scene
