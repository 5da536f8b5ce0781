// The streams of a server, found without stopping it.
#pragma once

#include "sluice/redis/client.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace sluice::admin {

/// Goes through the streams whose names match a pattern, a bounded piece of the key space at once.
///
/// Streams that exist all the while are found, each once; one that comes or goes meanwhile may be
/// missed. On a cluster, those of the node that the client is connected to.
///
/// Thread rule: used on the client's executor, one `next` at a time.
/// Lifetime: keeps its client's connection alive; an operation in progress outlives it.
class stream_list {
 public:
  /// `pattern` is one of the server's (`KEYS`): "orders:*"; "*" matches all.
  ///
  /// Throws `error` with `errc::invalid_argument` when the pattern is empty.
  explicit stream_list(client redis, std::string pattern = "*");

  /// Some more names, in no order; none at the end.
  ///
  /// Errors: the server's and the connection's; the next call goes on.
  /// Cancellation: the next call goes on.
  /// Cost: a round trip for each 1,000 keys of the server (`SCAN … TYPE stream`).
  boost::asio::awaitable<std::vector<std::string>> next();

  /// All that are left, in order of their names.
  ///
  /// Errors, cancellation and cost: as of so many calls of `next`.
  boost::asio::awaitable<std::vector<std::string>> rest();

 private:
  struct state;

  static boost::asio::awaitable<std::vector<std::string>> run_next(std::shared_ptr<state> self);
  static boost::asio::awaitable<std::vector<std::string>> run_rest(std::shared_ptr<state> self);

  std::shared_ptr<state> state_;
};

}  // namespace sluice::admin
