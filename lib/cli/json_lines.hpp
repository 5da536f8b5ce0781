// Entries as lines of JSON, in both directions.
#pragma once

#include <sluice/stream/entry.hpp>
#include <sluice/stream/fields.hpp>

#include <string>
#include <string_view>

namespace sluice::cli {

/// A JSON object as fields: strings as they are, every other value as its JSON text.
/// Throws `std::invalid_argument` that says what is wrong with the line.
fields fields_of(std::string_view line);

/// `{"stream":…,"id":…,"fields":{…}}`. Bytes that are no UTF-8 are written as U+FFFD followed by
/// two hexadecimal digits; a field name that comes again gets `#2`, `#3`, … behind it.
std::string line_of(const entry& what);

}  // namespace sluice::cli
