// XADD, written in one piece.
#pragma once

#include "stream/producer_identity.hpp"

#include "sluice/stream/producer.hpp"

#include <span>
#include <string>
#include <string_view>

namespace sluice {

/// Encodes additions with all their options.
class add_command {
 public:
  /// One XADD.
  ///
  /// Throws `error` with `errc::invalid_argument` for no fields, an empty stream name, the id
  /// `0-0`, or a limit together with an exact cut: all of them the server would refuse.
  static std::string encode(std::string_view stream, const fields& what, const add_options& how);
  /// One call of the script that adds at most once; see `once_script`.
  ///
  /// Throws as well for an entry of more fields than the script can take.
  static std::string encode_once(std::string_view stream, std::span<const fields> what,
                                 const add_options& how, const once_mark& mark);

 private:
  class words;
};

}  // namespace sluice
