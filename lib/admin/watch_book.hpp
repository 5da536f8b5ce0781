// What a watch knows of all groups, and whom it looks at next.
#pragma once

#include "sluice/admin/group_view.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace sluice::admin {

/// What one look at a stream told.
struct stream_sight {
  std::string stream;
  /// Of all its groups.
  std::vector<group_view> groups;
  /// Whether more was asked than which groups there are.
  bool closely = false;
};

/// Pure: times come in as arguments.
class watch_book {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit watch_book(std::chrono::milliseconds dead_after) : dead_after_(dead_after) {}

  /// There is such a stream.
  void know(std::string stream);
  /// There is none any more.
  void forget(const std::string& stream);

  /// Streams for the next look. Those of the worst `rows` groups, and `turns` of the others, those
  /// first that were not looked at for longest; and as many as `fresh` of which nothing is known.
  struct choice {
    std::vector<std::string> closely;
    std::vector<std::string> briefly;
  };
  /// What is chosen and then not noted is chosen again.
  choice choose(std::size_t rows, std::size_t turns, std::size_t fresh);

  /// What was seen of a stream replaces all that was known of it, but for the rates.
  void note(stream_sight sight, time_point now);

  /// At most so many groups, the worst first.
  std::vector<const group_view*> worst(std::size_t most) const;
  std::size_t streams() const noexcept { return streams_.size(); }
  /// How many of these were looked at.
  std::size_t seen() const noexcept { return seen_; }
  /// How many of these were looked at closely.
  std::size_t examined() const noexcept { return examined_; }
  /// What they add up to.
  watch_totals totals() const;

 private:
  struct known_group {
    group_view view;
    // What the next rates are reckoned from.
    group_facts base;
    time_point since;
  };
  struct known_stream {
    bool seen = false, examined = false;
    std::map<std::string, known_group> groups;
  };

  static void find_rates(group_view& view, known_group& of, time_point now);
  std::vector<const group_view*> all() const;

  std::chrono::milliseconds dead_after_;
  std::map<std::string, known_stream> streams_;
  std::set<std::string> unseen_;
  // All that were seen, in the order in which their turn comes.
  std::deque<std::string> turns_;
  std::size_t seen_ = 0, examined_ = 0;
};

}  // namespace sluice::admin
