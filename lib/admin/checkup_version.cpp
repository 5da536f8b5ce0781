#include "sluice/admin/checkup.hpp"
#include "sluice/redis/capabilities.hpp"

#include <array>
#include <span>
#include <tuple>

namespace sluice::admin {
namespace {

/// From one version up to, but without, another.
struct known_bad {
  server_version from, fixed;
  severity how_bad;
  const char* why;
  /// What to do; empty for "use the version that mended it".
  const char* advice = "";
};

constexpr auto note = severity::note, warning = severity::warning, trouble = severity::trouble;

constexpr const char* lua = "its scripts can be used to break out (CVE-2025-49844)";
constexpr const char* pushes = "pushes may come inside of replies";
constexpr const char* crashes = "tracking and XAUTOCLAIM can crash it (CVE-2022-35951)";
constexpr const char* acknowledging = "XACKDEL with many ids overruns memory (CVE-2025-62507)";
constexpr const char* tls = "over TLS anybody may break in (CVE-2026-81934)";
constexpr const char* blocked = "evicting blocked clients uses freed memory (CVE-2026-23479)";
constexpr const char* unmended = "its makers mend this line no more (CVE-2025-49844 among others)";
constexpr const char* injected = "a script's error can put words into replies (CVE-2025-67733)";
constexpr const char* aborted = "an empty request can abort it (CVE-2026-27623)";

constexpr const char* distribution = "see to it that your distribution does, or use a newer one";
constexpr const char* no_eviction = "leave maxmemory-clients at 0, or use a newer one";

constexpr std::array of_redis{
    known_bad{{0, 0, 0}, {6, 2, 16}, trouble, pushes},
    known_bad{{7, 0, 0}, {7, 0, 9}, trouble, crashes, "use 7.0.15 or newer"},
    known_bad{{8, 2, 0}, {8, 2, 9}, warning, tls},
    known_bad{{8, 3, 0}, {8, 4, 6}, warning, tls},
    known_bad{{8, 5, 0}, {8, 6, 6}, warning, tls},
    known_bad{{8, 7, 0}, {8, 8, 2}, warning, tls},
    known_bad{{8, 9, 0}, {8, 10, 1}, warning, tls},
    known_bad{{8, 2, 0}, {8, 2, 3}, warning, acknowledging},
    known_bad{{0, 0, 0}, {6, 2, 20}, warning, lua},
    known_bad{{7, 2, 0}, {7, 2, 11}, warning, lua},
    known_bad{{7, 4, 0}, {7, 4, 6}, warning, lua},
    known_bad{{7, 9, 0}, {8, 0, 4}, warning, lua},
    known_bad{{8, 2, 0}, {8, 2, 2}, warning, lua},
    known_bad{{7, 0, 0}, {7, 2, 0}, note, unmended, distribution},
    known_bad{{7, 2, 0}, {7, 4, 9}, note, blocked, no_eviction},
    known_bad{{7, 9, 0}, {8, 2, 6}, note, blocked, no_eviction},
    known_bad{{8, 3, 0}, {8, 4, 3}, note, blocked, no_eviction},
    known_bad{{8, 5, 0}, {8, 6, 3}, note, blocked, no_eviction},
};

constexpr std::array of_valkey{
    known_bad{{0, 0, 0}, {7, 2, 12}, warning, injected},
    known_bad{{8, 0, 0}, {8, 0, 7}, warning, injected},
    known_bad{{8, 1, 0}, {8, 1, 6}, warning, injected},
    known_bad{{9, 0, 0}, {9, 0, 3}, warning, injected},
    known_bad{{9, 0, 0}, {9, 0, 3}, warning, aborted},
    known_bad{{0, 0, 0}, {7, 2, 11}, warning, lua},
    known_bad{{8, 0, 0}, {8, 0, 6}, warning, lua},
    known_bad{{8, 1, 0}, {8, 1, 4}, warning, lua},
};

std::span<const known_bad> known_of(std::string_view server) {
  if (server == "redis") return of_redis;
  if (server == "valkey") return of_valkey;
  return {};
}

std::string advice_of(const known_bad& what) {
  if (*what.advice != '\0') return what.advice;
  const auto [major, minor, patch] = what.fixed;
  return "use " + std::to_string(major) + '.' + std::to_string(minor) + '.' +
         std::to_string(patch) + " or newer";
}

}  // namespace

std::string_view to_string(severity how_bad) noexcept {
  switch (how_bad) {
    case severity::note:
      return "note";
    case severity::warning:
      return "warning";
    case severity::trouble:
      return "trouble";
    case severity::fine:
      break;
  }
  return "fine";
}

// All that is known is told; what to do is what mends the worst of it, in the newest version.
finding check_version(std::string_view server, std::string_view version) {
  finding found{severity::fine, "version", std::string(server).append(" ").append(version), ""};
  const auto number = server_version::parse(version);
  const known_bad* worst = nullptr;
  for (const auto& each : known_of(server)) {
    if (number < each.from || number >= each.fixed) continue;
    found.what.append(worst == nullptr ? ": " : "; ").append(each.why);
    const bool worse = worst == nullptr ||
                       std::tie(worst->how_bad, worst->fixed) < std::tie(each.how_bad, each.fixed);
    if (worse) worst = &each;
  }
  if (worst == nullptr) return found;
  found.how_bad = worst->how_bad;
  found.advice = advice_of(*worst);
  return found;
}

}  // namespace sluice::admin
