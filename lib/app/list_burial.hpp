// What becomes of list elements that nobody can handle.
#pragma once

#include "sluice/redis/command.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace sluice {

/// The words of an `XADD` to the list's stream of dead letters, but for the last one, the element.
/// The entry has the form that entries of streams have there, and the element as its field.
std::vector<std::string> burial_words(const std::string& list, const std::string& group,
                                      const std::string& reason, std::chrono::milliseconds now);
/// The whole command.
command list_burial(const std::string& list, const std::string& group, const std::string& element,
                    const std::string& reason, std::chrono::milliseconds now);

}  // namespace sluice
