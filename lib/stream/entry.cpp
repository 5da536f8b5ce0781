#include "sluice/stream/entry.hpp"

#include "resp/walk.hpp"

namespace sluice {

// By hand, as each comparison through the range would walk its name twice.
std::optional<std::string_view> entry::find(std::string_view name) const noexcept {
  if (values_ == nullptr) return std::nullopt;
  const auto list = resp::read_head(values_);
  const auto* at = list.body;
  for (std::size_t pair = 0; pair < list.length / 2; ++pair) {
    const auto each = resp::read_value(at);
    const auto value = resp::read_value(resp::past(each));
    if (each.text() == name) return value.text();
    at = resp::past(value);
  }
  return std::nullopt;
}

std::string_view entry::field(std::string_view name, std::string_view otherwise) const noexcept {
  return find(name).value_or(otherwise);
}

}  // namespace sluice
