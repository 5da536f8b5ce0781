// A line of JSON as the fields of an entry.
#pragma once

#include <sluice/stream/fields.hpp>

#include <string_view>

namespace sluice::cli {

/// The members of a JSON object, in order, repeated names included: strings as they are, every
/// other value as the text that stands in the line ("12.50" stays "12.50", RFC 8259).
///
/// Throws `std::invalid_argument` that says what is wrong and where.
fields fields_of(std::string_view line);

}  // namespace sluice::cli
