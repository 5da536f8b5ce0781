// The coroutines behind get_entry and get_batch, the same for both kinds of consumer.
#pragma once

#include "stream/stream_intake.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace sluice {

/// `Lane` has `take_item()`, which gives an `Item`. Who waits asks for `entries` on behalf of what
/// it does with the first.
template <class Item, class Lane>
boost::asio::awaitable<std::optional<Item>> take_one(std::shared_ptr<stream_intake> intake,
                                                     waiting how_long, std::size_t entries = 1) {
  lane* ready = intake->ready_lane();
  if (ready == nullptr) {
    intake->begin();
    entry_wait wait(*intake, how_long, entries);
    while ((ready = intake->ready_lane()) == nullptr && wait.must_wait()) co_await wait.wait();
    if (ready == nullptr || wait.sent_away()) {
      wait.check();
      co_return std::optional<Item>();
    }
  }
  co_return std::optional<Item>(static_cast<Lane*>(ready)->take_item());
}

template <class Item, class Lane>
boost::asio::awaitable<std::vector<Item>> take_batch(std::shared_ptr<stream_intake> intake,
                                                     std::size_t max, waiting how_long) {
  std::vector<Item> batch;
  std::optional<Item> first = co_await take_one<Item, Lane>(intake, how_long, max);
  if (!first) co_return batch;
  batch.push_back(*std::move(first));
  while (batch.size() < max) {
    lane* const ready = intake->ready_lane();
    if (ready == nullptr) break;
    batch.push_back(static_cast<Lane*>(ready)->take_item());
  }
  co_return batch;
}

}  // namespace sluice
