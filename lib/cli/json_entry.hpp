// An entry as a line of JSON.
#pragma once

#include <sluice/stream/entry.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::cli {

/// `{"stream":"…","id":"…","fields":{…}}` without an LF.
///
/// Values are strings; of a name that comes several times, an array of strings in their order. The
/// bytes of what is no UTF-8 are written as U+FFFD and two hexadecimal digits each, and so are the
/// three bytes of U+FFFD itself: behind every U+FFFD stands a byte, and nothing is lost.
std::string json_line(const entry& what);

/// Names and values in order.
using field_views = std::vector<std::pair<std::string_view, std::string_view>>;

/// Adds fields as a JSON object in that form.
void append_json_fields(std::string& to, const field_views& fields);

/// Adds bytes as a JSON string in that form.
void append_json_string(std::string& to, std::string_view bytes);

/// Adds JSON as it is, but for characters that steer terminals, which are escaped.
void append_json(std::string& to, std::string_view json);

}  // namespace sluice::cli
