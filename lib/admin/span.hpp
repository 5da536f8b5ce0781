// How many entries lie in a part of a stream.
#pragma once

#include "sluice/admin/figure.hpp"
#include "sluice/core/entry_id.hpp"
#include "sluice/redis/client.hpp"
#include "sluice/resp/value.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace sluice::admin {

/// Where a stream begins and ends.
struct stream_ends {
  std::uint64_t length = 0;
  entry_id first, last, last_generated;

  /// From the answer to `XINFO STREAM`.
  static stream_ends read(const resp::value& info);
  bool empty() const noexcept { return length == 0; }
};

/// The first entry behind an id, and how many there are.
struct stretch {
  std::optional<entry_id> first;
  figure entries;
};

/// What lies behind `position`: up to a hundred are counted, and more are worked out.
boost::asio::awaitable<stretch> stretch_behind(client redis, std::string stream, stream_ends ends,
                                               entry_id position);

/// How many entries there would be behind `position`, if they had come at an even pace. It lies
/// between the ends.
std::uint64_t even_share(const stream_ends& ends, entry_id position) noexcept;

/// Those behind `from` and not behind `to`, where `from` comes first.
boost::asio::awaitable<figure> count_between(client redis, std::string stream, stream_ends ends,
                                             entry_id from, entry_id to);

}  // namespace sluice::admin
