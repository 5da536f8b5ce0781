// What becomes of list elements that nobody can handle.
#pragma once

#include "list/list_place.hpp"
#include "redis/connection.hpp"

#include "sluice/core/error.hpp"
#include "sluice/redis/command.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace sluice {

struct element_death {
  std::string reason;
  /// What was thrown; the reason where that is all that is known.
  std::string error{};
  std::int64_t deliveries = 1;
};

/// The words of an `XADD` to the list's stream of dead letters, but for the last one, the element.
/// The entry has the form that entries of streams have there; its fields are what pushes the
/// element again, and the element.
std::vector<std::string> burial_words(const list_place& at, const element_death& cause,
                                      std::chrono::milliseconds now);
/// The whole command.
command list_burial(const list_place& at, const std::string& element, const element_death& cause,
                    std::chrono::milliseconds now);

/// What became of it, for whoever listens to the events of the client.
void tell_burial(const connection& link, const list_place& at, const std::string& reason,
                 const error* failure);

}  // namespace sluice
