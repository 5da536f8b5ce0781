#include "sluice/redis/capabilities.hpp"

#include <charconv>

namespace sluice {
namespace {

constexpr std::array<std::string_view, feature_count> names{
    "XACKDEL", "XDELEX", "XNACK", "XCFGSET", "WAITAOF", "DELEX", "HSETEX", "INCREX"};

std::string_view state_name(doorbell_state state) noexcept {
  switch (state) {
    case doorbell_state::absent:
      return "absent";
    case doorbell_state::unproven:
      return "unproven";
    case doorbell_state::proven:
      return "proven";
  }
  return "unknown";
}

}  // namespace

std::string_view to_string(feature what) noexcept { return names[static_cast<std::size_t>(what)]; }

server_version server_version::parse(std::string_view text) noexcept {
  server_version version;
  for (auto* part : {&version.major_number, &version.minor_number, &version.patch_number}) {
    const auto* const end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, *part);
    if (failure != std::errc{} || stop == end || *stop != '.') break;
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()) + 1);
  }
  return version;
}

std::string capabilities::to_string() const {
  if (server_.empty()) return "not connected yet";
  std::string text = server_ + ' ' + version_text_ + ' ' + mode_ + ", doorbell ";
  text += state_name(doorbell_);
  if (!doorbell_reason_.empty()) text += " (" + doorbell_reason_ + ')';
  for (std::size_t i = 0; i < feature_count; ++i) {
    text.append(", ").append(names[i]).append(known_[i] ? " yes" : " no");
  }
  return text;
}

}  // namespace sluice
