#include "kafka/attempt_mark.hpp"

#include <charconv>

namespace sluice::kafka {
namespace {

constexpr std::string_view head = "sluice:begun=";

}  // namespace

std::string write_mark(const attempt_mark& what) {
  if (what.begun <= 0) return {};
  return std::string(head) + std::to_string(what.begun);
}

attempt_mark read_mark(std::int64_t offset, std::string_view text) {
  attempt_mark made{offset, 0};
  if (text.substr(0, head.size()) != head) return made;
  text.remove_prefix(head.size());
  const auto* const end = text.data() + text.size();
  std::int64_t count = 0;
  const auto [stopped, wrong] = std::from_chars(text.data(), end, count);
  if (wrong == std::errc() && stopped == end && count > 0) made.begun = count;
  return made;
}

}  // namespace sluice::kafka
