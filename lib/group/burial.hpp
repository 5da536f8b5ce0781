// The atomic steps between a stream and its dead letters.
#pragma once

#include "group/ownership.hpp"

#include "sluice/group/dead_letters.hpp"
#include "sluice/resp/value.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// What is written before the fields of a dead letter, in this order, each behind its name.
namespace burial_field {
inline constexpr std::string_view stream = "dead.stream";
inline constexpr std::string_view id = "dead.id";
inline constexpr std::string_view group = "dead.group";
inline constexpr std::string_view consumer = "dead.consumer";
inline constexpr std::string_view reason = "dead.reason";
inline constexpr std::string_view error = "dead.error";
inline constexpr std::string_view deliveries = "dead.deliveries";
inline constexpr std::string_view added_at = "dead.added";
inline constexpr std::string_view died_at = "dead.died";
inline constexpr std::size_t count = 9;
}  // namespace burial_field

/// Why an entry is given up.
struct cause_of_death {
  std::string reason;
  std::string error;
};

namespace burial {

/// Moves an entry of `member` to the stream of dead letters and acknowledges it. `worked_on` tells
/// whether the last delivery was handed to anybody, and counts.
/// Answers: the dead letter's id; 0 when the entry is not pending; a list with its owner when that
/// is another; 1 when its payload was deleted, and there was nothing to move.
ownership_step bury(const group_place& at, const std::string& member, const std::string& id,
                    const std::string& dead_stream, const cause_of_death& why,
                    std::uint64_t keep_at_most, bool worked_on);
/// Whether it is among the dead. What is not pending when it is asked for once more was moved the
/// first time.
bool succeeded(const resp::value& answer, bool repeated);

/// Brings a dead letter back to where it came from, and removes it from the dead. `edited` replaces
/// its fields, encoded as arguments are; `at` must be its origin.
/// Answers: the id under which it comes again; 0 when there is no such dead letter.
ownership_step redrive(const group_place& at, const std::string& dead_stream,
                       const std::string& dead_id, redrive_as how,
                       const std::vector<std::string>& edited);

}  // namespace burial
}  // namespace sluice
