// What a check-up found, and what to do about it.
#pragma once

#include <string>
#include <string_view>

namespace sluice::admin {

/// How bad something is.
enum class severity : unsigned char {
  fine,     ///< As it should be.
  note,     ///< Good to know; nothing has to be done.
  warning,  ///< Work may be lost or stand still when something else goes wrong, too.
  trouble,  ///< Work is lost or stands still.
};

/// "fine", "note", "warning" or "trouble".
std::string_view to_string(severity how_bad) noexcept;

/// One finding.
///
/// Thread rule: a value.
struct finding {
  severity how_bad = severity::fine;
  /// What was looked at, in a word: "version", "eviction", "group", …
  std::string check;
  /// What was found. Names of keys and groups stand in it as they are.
  std::string what;
  /// What to do; empty where there is nothing to do.
  std::string advice;
};

}  // namespace sluice::admin
