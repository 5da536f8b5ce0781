// A list that messages are taken from.
#pragma once

#include "sluice/list/list_end.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace sluice {

struct list_place {
  std::string key;
  /// Who is named in its dead letters.
  std::string group;
  /// Where elements are taken, and given back.
  list_end end = list_end::right;
  /// How long it lives after something was given back; for ever where nothing is said.
  std::optional<std::chrono::seconds> lifetime{};
};

}  // namespace sluice
