// Texts that fill columns of a terminal to the cell.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::cli {

/// How many cells readable text takes: characters of East Asia take two, marks none.
std::size_t cells_of(std::string_view text);

/// A name that may be anything, made readable, in exactly so many cells. One that is too long loses
/// its middle, as names differ at their ends.
std::string name_in(std::size_t cells, std::string_view name);

/// The same for text of one's own, on the right.
std::string figure_in(std::size_t cells, std::string_view text);

/// The beginning of a line, as far as it fits.
std::string cut_to(std::size_t cells, std::string_view text);

/// "99999", "123k", "12.3M": at most six characters.
std::string short_count(std::uint64_t count);
/// "0", "0.5", "12.3", "1234", "12.3k".
std::string short_rate(double per_second);
/// "0.3s", "45s", "12m", "20h", "12d".
std::string short_time(std::chrono::milliseconds time);

}  // namespace sluice::cli
