#include "sluice/stream/entry.hpp"

namespace sluice {

std::optional<std::string_view> entry::find(std::string_view name) const noexcept {
  for (const auto& [each, value] : fields()) {
    if (each == name) return value;
  }
  return std::nullopt;
}

std::string_view entry::field(std::string_view name, std::string_view otherwise) const noexcept {
  return find(name).value_or(otherwise);
}

}  // namespace sluice
