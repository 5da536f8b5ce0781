#include "admin/server_facts.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <sstream>

namespace sluice::admin {
namespace {

using namespace std::chrono_literals;

}  // namespace

info_text::info_text(std::string_view text) {
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto colon = line.find(':');
    if (line.starts_with('#') || colon == std::string_view::npos) continue;
    const auto value = line.substr(colon + 1);
    lines_.emplace(line.substr(0, colon), value.substr(0, value.find('\r')));
  }
}

std::string_view info_text::operator[](std::string_view name) const noexcept {
  const auto found = lines_.find(name);
  return found == lines_.end() ? std::string_view() : std::string_view(found->second);
}

double info_text::number(std::string_view name) const noexcept {
  const auto found = lines_.find(name);
  return found == lines_.end() ? 0 : std::strtod(found->second.c_str(), nullptr);
}

finding judge_eviction(const info_text& info) {
  finding found{severity::fine, "eviction", std::string(info["maxmemory_policy"]), ""};
  const double limit = info.number("maxmemory");
  const bool evicts = info["maxmemory_policy"] != "noeviction";
  if (limit == 0) {
    found.how_bad = severity::note;
    found.what = "maxmemory is not set: the server grows until the system ends it";
    found.advice = "set maxmemory below the machine's, with maxmemory-policy noeviction";
  } else if (evicts) {
    const bool streams_too = info["maxmemory_policy"].starts_with("allkeys");
    found.how_bad = streams_too ? severity::trouble : severity::warning;
    found.what += streams_too ? ": streams are deleted when memory is short"
                              : ": marks of what was settled are deleted when memory is short";
    found.advice = "CONFIG SET maxmemory-policy noeviction";
  } else if (info.number("used_memory") > 0.9 * limit) {
    found.how_bad = severity::warning;
    found.what = "more than 90 % of maxmemory are in use: soon writes are refused";
    found.advice = "trim streams (sluice trim), or raise maxmemory";
  }
  return found;
}

finding judge_persistence(const info_text& info, const std::optional<std::string>& save) {
  const bool log = info["aof_enabled"] == "1";
  finding found{severity::fine, "persistence", "append-only file", ""};
  if (info["aof_last_write_status"] == "err" || info["rdb_last_bgsave_status"] == "err") {
    found.how_bad = severity::trouble;
    found.what = "the last write to disk failed";
    found.advice = "see the server's log: its disk may be full, or not its own";
  } else if (!log && save && save->empty()) {
    found.how_bad = severity::warning;
    found.what = "nothing is kept over a restart";
    found.advice = "CONFIG SET appendonly yes";
  } else if (!log) {
    found.how_bad = severity::note;
    found.what = "snapshots alone: a crash loses what came after the last";
    found.advice = "CONFIG SET appendonly yes";
  }
  return found;
}

finding judge_role(const info_text& info) {
  finding found{severity::fine, "role", std::string(info["role"]), ""};
  if (info["role"] == "slave") {
    found.how_bad = severity::trouble;
    found.what = "it is a replica: nothing can be added or acknowledged";
    found.advice = "connect to the master";
  }
  return found;
}

// "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60"
finding judge_buffers(std::string_view limits) {
  constexpr std::int64_t enough = std::int64_t{8} << 20U;
  finding found{severity::fine, "output buffers", std::string(limits), ""};
  std::istringstream words{std::string(limits)};
  std::string kind;
  std::int64_t hard = 0, soft = 0, seconds = 0;
  while (words >> kind >> hard >> soft >> seconds) {
    if (kind != "normal" && kind != "pubsub") continue;
    const bool small = (hard > 0 && hard < enough) || (soft > 0 && soft < enough);
    if (!small) continue;
    found.how_bad = severity::warning;
    found.what = kind + " connections are closed when less than 8 MiB wait for them";
    found.advice = "raise client-output-buffer-limit for " + kind;
    break;
  }
  return found;
}

finding judge_clock(std::chrono::milliseconds ahead, std::chrono::milliseconds inexact) {
  const auto apart = std::max(std::chrono::abs(ahead) - inexact, 0ms);
  finding found{severity::fine, "clock", "", ""};
  found.what = "the server's is " + std::to_string(std::chrono::abs(ahead).count()) + " ms " +
               (ahead.count() < 0 ? "behind" : "ahead of") + " this machine's";
  if (apart >= 1s) {
    found.how_bad = severity::warning;
    found.advice = "let both follow the same time server: ages, and times to begin at, are wrong";
  }
  return found;
}

}  // namespace sluice::admin
