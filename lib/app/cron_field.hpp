// One field of a cron expression: what it may hold, and which values it means.
#pragma once

#include "sluice/app/cron.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sluice {

/// What may stand in a field.
struct field_rule {
  std::string_view name;
  int lowest = 0;
  int highest = 0;
  /// Of values from `lowest` on.
  std::span<const std::string_view> names;
  /// A value above `highest` that is another word for `lowest`, as 7 is for Sunday; 0 for none.
  int alias = 0;

  /// Such as "0-59", for people.
  std::string allowed() const;
};

/// Reads fields. What is wrong is said with the whole expression.
class field_reader {
 public:
  field_reader(std::string_view expression, cron_dialect dialect)
      : expression_(expression), dialect_(dialect) {}

  /// The values of a list, as bits.
  std::uint64_t list(std::string_view text, const field_rule& rule) const;
  /// Those of `*`, a value or a range, with or without a step.
  std::uint64_t item(std::string_view text, const field_rule& rule) const;
  /// One value. The alias stays as it is.
  int value(std::string_view text, const field_rule& rule) const;

  [[noreturn]] void refuse(const field_rule& rule, std::string_view text,
                           const std::string& why) const;
  [[noreturn]] void refuse(const std::string& why) const;

 private:
  std::uint64_t stepped(int first, int last, std::string_view step, bool all,
                        const field_rule& rule) const;

  std::string_view expression_;
  cron_dialect dialect_;
};

/// Cuts at each `mark`; what is between two of them may be empty.
std::string_view cut_next(std::string_view& rest, char mark);

}  // namespace sluice
