// What a peer may make us hold: bounds on everything that arrives.
#pragma once

#include <cstddef>

namespace sluice::resp {

/// Bounds on one received reply. A reply that passes one of them is refused while it arrives,
/// before its bytes are waited for, and the connection that sent it is closed: what follows it
/// cannot be told apart any more.
///
/// The defaults suit messages; raise `max_bulk` and `max_reply` together for large payloads.
/// Thread rule: a plain value.
struct limits {
  /// Longest line (simple string, error, number) in bytes, without its type byte and line end.
  std::size_t max_line = std::size_t{64} * 1024;

  /// Longest string with a length prefix, in bytes. Values above 512 MiB, the largest string a
  /// server stores by default (`proto-max-bulk-len`), count as 512 MiB.
  std::size_t max_bulk = std::size_t{16} * 1024 * 1024;

  /// Largest declared count of an array, set, map or attribute; of a map and of an attribute,
  /// pairs. Nothing is ever reserved for a declared count. Values above 2^31 - 1 count as 2^31 - 1.
  std::size_t max_elements = 1'048'576;

  /// Deepest nesting of aggregates: a flat array has depth 1, and zero allows no aggregate at all.
  /// Values above 32 count as 32.
  std::size_t max_depth = 16;

  /// Longest whole reply in bytes, with all it contains and the attributes before it.
  std::size_t max_reply = std::size_t{64} * 1024 * 1024;

  /// Largest declared count of a push and of any aggregate inside it, such as the list of keys of
  /// an invalidation.
  std::size_t max_push_elements = 100'000;
};

}  // namespace sluice::resp
