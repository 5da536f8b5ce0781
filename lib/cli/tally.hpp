// What the demo's members did: which entry how often, and the sums that their work is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::cli {

/// What a member reads out of a record for its work.
struct job {
  std::string id;
  std::string category;
  std::string amount;  // a whole number; anything else counts as 0
};

/// Counts records and sums amounts by category, once for every distinct entry.
class tally {
 public:
  void work_on(const job& what, const std::string& member);

  /// How often an entry was worked on in all.
  std::size_t worked() const noexcept { return worked_; }
  std::size_t by(const std::string& member) const;
  std::size_t distinct() const noexcept { return ids_.size(); }
  bool knows(std::string_view id) const { return ids_.find(id) != ids_.end(); }
  /// Lines of a table: the categories with most records, the rest as one.
  std::vector<std::string> table(std::string_view category, std::string_view amount) const;
  /// "member-1 400, member-2 410".
  std::string shares() const;

 private:
  struct sum {
    std::size_t records = 0;
    std::int64_t amount = 0;
  };

  std::map<std::string, std::size_t, std::less<>> ids_;
  std::map<std::string, std::size_t> members_;
  std::map<std::string, sum> categories_;
  std::size_t worked_ = 0;
};

}  // namespace sluice::cli
