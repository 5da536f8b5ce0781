// Sources of what everybody sees: entries of streams, and published messages.
#pragma once

#include "sluice/flow/stage.hpp"
#include "sluice/redis/client.hpp"
#include "sluice/redis/subscription.hpp"
#include "sluice/stream/consumer.hpp"
#include "sluice/stream/entry.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace sluice::flow {

/// The source of `from_stream`.
///
/// Thread rule: used on the client's executor.
class stream_entries : public source_base {
 public:
  using value_type = entry;
  static constexpr auto name = "stream";

  /// Of this consumer.
  explicit stream_entries(consumer from) : from_(std::move(from)) {}

  /// The next entry.
  ///
  /// Errors: those of `consumer::get_entry`. Cancellation: loses nothing. Cost: the same.
  boost::asio::awaitable<std::optional<item<entry>>> next();
  /// One that has come with the last one.
  std::optional<item<entry>> take();
  /// Reads no more.
  void close() noexcept { from_.close(); }

 private:
  consumer from_;
  std::vector<entry> arrived_;
  std::size_t taken_ = 0;  // of these
};

/// The entries of streams, for everybody who reads them. Nobody asks what became of them: what
/// fails ends the run, unless `on_error` drops it. With `streams::wait` the pipeline ends when
/// nothing came for so long.
stream_entries from_stream(client redis, const streams& what);

/// The source of `from_channels`.
///
/// Thread rule: used on the client's executor.
class published_messages : public source_base {
 public:
  using value_type = message;
  static constexpr auto name = "channels";

  /// Of this subscription.
  explicit published_messages(subscription from) : from_(std::move(from)) {}

  /// The next message.
  ///
  /// Errors: those of `subscription::next`. Cancellation: loses nothing. Cost: the same.
  boost::asio::awaitable<std::optional<item<message>>> next();
  /// Listens no more.
  void close() noexcept { from_.close(); }

 private:
  subscription from_;
};

/// What is published to channels while the pipeline runs; see `subscription` for what may be
/// missed. What the pipeline has no room for waits in the queue of `topics`, and the oldest is
/// dropped there when that is full.
published_messages from_channels(client redis, topics what);

}  // namespace sluice::flow
