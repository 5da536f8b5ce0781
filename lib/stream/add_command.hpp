// XADD, written in one piece.
#pragma once

#include "sluice/stream/producer.hpp"

#include <string>
#include <string_view>

namespace sluice {

/// Encodes one XADD with all its options.
class add_command {
 public:
  /// Throws `error` with `errc::invalid_argument` for no fields, an empty stream name, the id
  /// `0-0`, or a limit together with an exact cut: all of them the server would refuse.
  static std::string encode(std::string_view stream, const fields& what, const add_options& how);
};

}  // namespace sluice
