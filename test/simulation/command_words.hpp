// How the modelled server reads the words of a command.
#pragma once

#include "sluice/core/entry_id.hpp"

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::simulation {

inline std::int64_t number_of(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// The lowest id of a range that begins so: "-", "1-2", or "(1-2" for the one behind.
inline entry_id first_of_range(std::string_view text) {
  if (text == "-") return entry_id();
  if (text.starts_with('(')) return entry_id::parse(text.substr(1))->next();
  return *entry_id::parse(text);
}

/// The highest id of a range that ends so: "+", or "1-2".
inline entry_id last_of_range(std::string_view text) {
  return text == "+" ? entry_id::max() : *entry_id::parse(text);
}

}  // namespace sluice::simulation
