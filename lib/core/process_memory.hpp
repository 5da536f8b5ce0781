// How much memory processes take.
#pragma once

#include <cstdint>
#include <optional>

namespace sluice {

/// The bytes of a process that are in memory now; empty where the system does not say, or when the
/// process is gone.
std::optional<std::uint64_t> resident_memory_of(std::int64_t process);
/// The same of this one; the most that it has had so far, where the system knows no more.
std::uint64_t resident_memory();

}  // namespace sluice
