#include "sluice/core/entry_id.hpp"

#include <charconv>

namespace sluice {
namespace {

std::optional<std::uint64_t> parse_number(std::string_view text) noexcept {
  std::uint64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc{} || stop != end) return std::nullopt;
  return number;
}

}  // namespace

entry_id entry_id::at(std::chrono::system_clock::time_point time) noexcept {
  const auto since_1970 =
      std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
  return entry_id(since_1970 < 0 ? 0 : static_cast<std::uint64_t>(since_1970));
}

std::optional<entry_id> entry_id::parse(std::string_view text) noexcept {
  const auto dash = text.find('-');
  const auto milliseconds = parse_number(text.substr(0, dash));
  if (!milliseconds) return std::nullopt;
  if (dash == std::string_view::npos) return entry_id(*milliseconds);
  const auto sequence = parse_number(text.substr(dash + 1));
  if (!sequence) return std::nullopt;
  return entry_id(*milliseconds, *sequence);
}

std::chrono::system_clock::time_point entry_id::time() const noexcept {
  using clock = std::chrono::system_clock;
  constexpr auto latest = static_cast<std::uint64_t>(
      std::chrono::floor<std::chrono::milliseconds>(clock::duration::max()).count());
  const auto within_range = milliseconds_ < latest ? milliseconds_ : latest;
  return clock::time_point(std::chrono::milliseconds(within_range));
}

entry_id entry_id::previous() const noexcept {
  if (sequence_ > 0) return entry_id(milliseconds_, sequence_ - 1);
  if (milliseconds_ > 0) return entry_id(milliseconds_ - 1, max().sequence());
  return *this;
}

entry_id entry_id::next() const noexcept {
  if (sequence_ < max().sequence()) return entry_id(milliseconds_, sequence_ + 1);
  if (milliseconds_ < max().milliseconds()) return entry_id(milliseconds_ + 1, 0);
  return *this;
}

std::string entry_id::to_string() const {
  return std::to_string(milliseconds_) + '-' + std::to_string(sequence_);
}

}  // namespace sluice
