// What the peers of this question agree upon. The stream was filled with entries of constant size:
// ids of 15 bytes that count upwards, and one field.
#pragma once

#include "harness/measurement.hpp"

#include <cstddef>
#include <string>

namespace bench {

inline constexpr long long first_id = 1'700'000'000'000;

inline std::string id_of(std::size_t number) {
  return std::to_string(first_id + static_cast<long long>(number)) + "-0";
}

}  // namespace bench
