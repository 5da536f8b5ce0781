// What the server's replies about streams and groups say.
#pragma once

#include "sluice/admin/facts.hpp"
#include "sluice/core/entry_id.hpp"
#include "sluice/redis/command.hpp"
#include "sluice/resp/value.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::admin {

/// A count or a time; 0 where it is missing or negative.
std::uint64_t count_in(const resp::value& number) noexcept;
/// `0-0` for what is no id.
entry_id id_in(const resp::value& text) noexcept;
stored_entry entry_in(const resp::value& entry);
/// The answer to `TIME`.
std::chrono::milliseconds time_in(const resp::value& time) noexcept;

/// A command that changes nothing, and so is sent again when the link breaks.
template <class... Words>
command question(std::string_view name, const Words&... words) {
  command what(name);
  (what.arg(words), ...);
  what.repeatable(true);
  return what;
}

}  // namespace sluice::admin
