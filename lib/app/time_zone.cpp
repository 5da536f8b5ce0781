#include "app/time_zone.hpp"

#include <optional>

namespace sluice {
namespace {

class fixed_zone final : public time_zone {
 public:
  fixed_zone(std::string name, std::chrono::seconds offset)
      : time_zone(std::move(name)), offset_(offset) {}

  zone_period at(std::chrono::sys_seconds) const override { return {dawn, dusk, offset_}; }

 private:
  std::chrono::seconds offset_;
};

std::optional<int> two_digits(std::string_view text) {
  if (text.size() != 2) return std::nullopt;
  const auto tens = text[0] - '0';
  const auto ones = text[1] - '0';
  if (tens < 0 || tens > 9 || ones < 0 || ones > 9) return std::nullopt;
  return tens * 10 + ones;
}

// "+05:30"
std::optional<std::chrono::seconds> read_offset(std::string_view text) {
  if (text.size() != 6 || text[3] != ':') return std::nullopt;
  if (text[0] != '+' && text[0] != '-') return std::nullopt;
  const auto hours = two_digits(text.substr(1, 2));
  const auto minutes = two_digits(text.substr(4));
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const auto distance = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return text[0] == '-' ? -distance : distance;
}

}  // namespace

std::shared_ptr<const time_zone> find_time_zone(std::string_view name) {
  using std::chrono::seconds;
  if (name == "UTC") return std::make_shared<fixed_zone>("UTC", seconds(0));
  if (const auto offset = read_offset(name)) {
    return std::make_shared<fixed_zone>(std::string(name), *offset);
  }
  return find_named_zone(name);
}

}  // namespace sluice
