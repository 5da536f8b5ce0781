// Times and bytes as people read them, in columns.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::cli {

/// "250 ms", "12.3 s", "4 min 5 s", "3 h 20 min", "12 d 4 h".
std::string readable_time(std::chrono::milliseconds time);

/// Text that may be anything: what is no character, or steers a terminal, is written as in the JSON
/// that the tool prints.
std::string readable_text(std::string_view bytes);

/// How many characters it shows, of readable text.
std::size_t width_of(std::string_view text) noexcept;

/// A cell of a table: at least so wide, and apart from the next.
std::string left_in(std::size_t width, std::string text);
std::string right_in(std::size_t width, std::string text);

}  // namespace sluice::cli
