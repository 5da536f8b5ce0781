// What the server says to a command that adds.
#pragma once

#include "redis/call.hpp"

#include "sluice/core/entry_id.hpp"
#include "sluice/stream/producer.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice {

/// The ids in the reply at `at`, with a space between, once it and the one behind it, which tells
/// of its durability, are found good. Valid as long as the operation. Throws what they say
/// otherwise.
std::string_view ids_of(const call& operation, std::size_t at, const durability& stored,
                        const std::string& stream);

/// Takes the first id off.
entry_id take_id(std::string_view& ids, const std::string& stream);

}  // namespace sluice
