// What the live screen of groups shows, as lines that fit.
#pragma once

#include "cli/screen_size.hpp"

#include <sluice/admin/group_view.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace sluice::cli {

struct top_facts {
  std::string server;
  /// What is wrong at this moment; empty when nothing is.
  std::string trouble;
  admin::watch_totals totals;
  /// The worst first.
  std::vector<admin::group_view> groups;
  std::chrono::milliseconds dead_after{0};
};

/// At most `rows` lines, each of at most `columns` cells: totals, the groups, and what is left of
/// the screen for their consumers.
std::vector<std::string> top_frame(const top_facts& what, screen_size size);

}  // namespace sluice::cli
