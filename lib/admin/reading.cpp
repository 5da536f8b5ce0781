#include "admin/reading.hpp"

#include <string>

namespace sluice::admin {

std::uint64_t count_in(const resp::value& number) noexcept {
  const auto read = number.integer().value_or(0);
  return read < 0 ? 0 : static_cast<std::uint64_t>(read);
}

entry_id id_in(const resp::value& text) noexcept {
  return entry_id::parse(text.text()).value_or(entry_id());
}

stored_entry entry_in(const resp::value& entry) {
  stored_entry what;
  what.id = id_in(entry[0]);
  const auto words = entry[1];
  for (auto each = words.begin(); each != words.end(); ++each) {
    const std::string name(each->text());
    ++each;
    what.fields.emplace_back(name, std::string(each->text()));
  }
  return what;
}

std::chrono::milliseconds time_in(const resp::value& time) noexcept {
  return std::chrono::milliseconds(time[0].integer().value_or(0) * 1'000 +
                                   time[1].integer().value_or(0) / 1'000);
}

}  // namespace sluice::admin
