// Sinks on a Redis server: streams, lists and channels.
#pragma once

#include "sluice/flow/map.hpp"
#include "sluice/list/list_end.hpp"
#include "sluice/redis/client.hpp"
#include "sluice/stream/entry.hpp"
#include "sluice/stream/fields.hpp"
#include "sluice/stream/producer.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice::flow {

/// How many elements sinks on a server send without waiting for the answers. They leave in order.
inline constexpr std::size_t on_their_way = 256;

/// Adds entries to a stream.
///
/// Thread rule: used on the client's executor.
class stream_end {
 public:
  /// Of this name.
  stream_end(producer by, std::string stream, add_options how);

  /// Adds one.
  ///
  /// Errors: those of `producer::add`. Cancellation: it may be added nevertheless. Cost: a round
  /// trip, shared with its neighbours (`XADD`).
  boost::asio::awaitable<void> operator()(const fields& what);
  /// The same of a copy of an entry of another stream.
  ///
  /// Errors, cancellation and cost: as above.
  boost::asio::awaitable<void> operator()(const entry& what);
  /// The same of a batch, in order.
  ///
  /// Errors: the first that occurred; those before it are added. Cancellation and cost: as above,
  /// one round trip for all.
  boost::asio::awaitable<void> operator()(const std::vector<fields>& what);

 private:
  std::shared_ptr<struct stream_target> to_;
};

/// Adds what comes to a stream: `fields`, entries of another one, or a vector of `fields`. An
/// element is done with when the server has confirmed it; up to 256 are on their way, in order.
/// Bound the stream by `add_options::cut`.
///
/// What was sent when the link broke may be added twice, as it fails and comes again; by a producer
/// with a name it is added once.
inline auto to_stream(producer by, std::string stream, add_options how = add_options()) {
  return flow::sink(stream_end(std::move(by), std::move(stream), how))
      .concurrency(on_their_way)
      .unordered();
}
/// The same by a producer of its own.
inline auto to_stream(client redis, std::string stream, add_options how = add_options()) {
  return flow::to_stream(producer(std::move(redis)), std::move(stream), how);
}

/// Pushes texts to a list.
///
/// Thread rule: used on the client's executor.
class list_tail {
 public:
  /// Of this key, at this end.
  list_tail(client redis, std::string key, list_end at);

  /// Pushes one.
  ///
  /// Errors: those of `client::exec`. Cancellation: it may be pushed nevertheless. Cost: a round
  /// trip, shared with its neighbours (`RPUSH`, `LPUSH`).
  boost::asio::awaitable<void> operator()(const std::string& what);
  /// The same of a batch, in order.
  ///
  /// Errors, cancellation and cost: as above.
  boost::asio::awaitable<void> operator()(const std::vector<std::string>& what);

 private:
  client redis_;
  std::string key_;
  list_end at_;
};

/// Pushes what comes to a list: texts, or vectors of texts. By default at its right end, so that
/// `from_list` at the left gives them in order.
inline auto to_list(client redis, std::string key, list_end at = list_end::right) {
  return flow::sink(list_tail(std::move(redis), std::move(key), at))
      .concurrency(on_their_way)
      .unordered();
}

/// Publishes texts.
///
/// Thread rule: used on the client's executor.
class channel_end {
 public:
  /// Of this name.
  channel_end(client redis, std::string channel)
      : redis_(std::move(redis)), channel_(std::move(channel)) {}

  /// Publishes one.
  ///
  /// Errors: those of `client::exec`. Cancellation: it may be published nevertheless. Cost: a round
  /// trip, shared with its neighbours (`PUBLISH`).
  boost::asio::awaitable<void> operator()(const std::string& what);

 private:
  client redis_;
  std::string channel_;
};

/// Publishes the texts that come. An element is done with when the server has it, whether somebody
/// listens or not.
inline auto to_channel(client redis, std::string channel) {
  return flow::sink(channel_end(std::move(redis), std::move(channel)))
      .concurrency(on_their_way)
      .unordered();
}

}  // namespace sluice::flow
