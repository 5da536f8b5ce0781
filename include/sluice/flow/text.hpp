// Stages for bytes that should be text.
#pragma once

#include "sluice/flow/map.hpp"

#include <string>

namespace sluice::flow {

/// What becomes of bytes that are no UTF-8 (RFC 3629).
enum class bad_bytes : unsigned char {
  refuse,   ///< The element fails, and its error says where they are.
  replace,  ///< Each of them becomes U+FFFD.
  drop,     ///< They are left out.
};

/// The text with its bad bytes dealt with.
///
/// Throws `error` with `errc::malformed_message` under `bad_bytes::refuse`.
std::string decode_text(std::string bytes, bad_bytes policy);

/// Passes on strings of bytes as UTF-8.
inline auto decode(bad_bytes policy) {
  return flow::map([policy](std::string bytes) { return decode_text(std::move(bytes), policy); });
}

}  // namespace sluice::flow
