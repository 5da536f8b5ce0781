#include "sluice/admin/checkup.hpp"
#include "sluice/redis/capabilities.hpp"

#include <array>
#include <utility>

namespace sluice::admin {
namespace {

/// From one version up to, but without, another.
struct known_bad {
  server_version from, fixed;
  severity how_bad;
  const char* why;
  const char* advice;
};

constexpr const char* lua = "its scripts can be used to break out (CVE-2025-49844)";

// The worst first.
constexpr std::array known{
    known_bad{{0, 0, 0},
              {6, 2, 16},
              severity::trouble,
              "pushes may come inside of replies",
              "use 6.2.16, 7.0.9 or newer"},
    known_bad{{7, 0, 0},
              {7, 0, 9},
              severity::trouble,
              "tracking and XAUTOCLAIM can crash it (CVE-2022-35951)",
              "use 7.0.15 or newer"},
    known_bad{{8, 2, 0},
              {8, 2, 3},
              severity::warning,
              "XACKDEL with many ids overruns memory (CVE-2025-62507)",
              "use 8.2.3 or newer"},
    known_bad{{6, 2, 16}, {6, 2, 20}, severity::warning, lua, "use 6.2.20 or newer"},
    known_bad{{7, 2, 0}, {7, 2, 11}, severity::warning, lua, "use 7.2.11 or newer"},
    known_bad{{7, 4, 0}, {7, 4, 6}, severity::warning, lua, "use 7.4.6 or newer"},
    known_bad{{8, 0, 0}, {8, 0, 4}, severity::warning, lua, "use 8.0.4 or newer"},
    known_bad{{7, 0, 9},
              {7, 2, 0},
              severity::note,
              "its makers mend this line no more (CVE-2025-49844 among others)",
              "see to it that your distribution does, or use a newer one"},
    known_bad{{7, 2, 0},
              {8, 6, 3},
              severity::note,
              "evicting blocked clients uses freed memory (CVE-2026-23479)",
              "leave maxmemory-clients at 0, or use 8.6.3 or newer"},
};

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

finding check_version(std::string_view server, std::string_view version) {
  finding found{severity::fine, "version", std::string(server).append(" ").append(version), ""};
  if (server != "redis") return found;
  const auto number = server_version::parse(version);
  for (const auto& each : known) {
    if (number < each.from || number >= each.fixed) continue;
    found.how_bad = each.how_bad;
    found.what.append(": ").append(each.why);
    found.advice = each.advice;
    break;
  }
  return found;
}

}  // namespace sluice::admin
