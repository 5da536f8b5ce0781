// The two ends of a list.
#pragma once

namespace sluice {

/// Which end of a list.
enum class list_end : unsigned char {
  left,   ///< Where `LPUSH` and `LPOP` are.
  right,  ///< Where `RPUSH` and `RPOP` are.
};

}  // namespace sluice
