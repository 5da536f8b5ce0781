// What a server tells of itself, and what that means.
#pragma once

#include "sluice/admin/finding.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::admin {

/// The answer to `INFO`.
class info_text {
 public:
  explicit info_text(std::string_view text);

  /// The value of a line; empty when there is none.
  std::string_view operator[](std::string_view name) const noexcept;
  double number(std::string_view name) const noexcept;

 private:
  std::map<std::string, std::string, std::less<>> lines_;
};

finding judge_eviction(const info_text& info);
/// `save` is the setting of that name; empty when it is not known.
finding judge_persistence(const info_text& info, const std::optional<std::string>& save);
finding judge_role(const info_text& info);
/// The setting `client-output-buffer-limit`.
finding judge_buffers(std::string_view limits);
/// How far the server's clock is ahead of ours, as far as can be known, and how exactly.
finding judge_clock(std::chrono::milliseconds ahead, std::chrono::milliseconds inexact);

}  // namespace sluice::admin
