// What the demo's members did: which entry how often, and the sums that their work is.
#pragma once

#include <sluice/resp/value.hpp>
#include <sluice/stream/entry.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <ostream>
#include <string>
#include <string_view>

namespace sluice::cli {

/// Counts packages and their size by section, once for every distinct entry.
class tally {
 public:
  void work_on(const entry& record, const std::string& member);
  void work_on(const resp::value& values, const std::string& id, const std::string& member);
  /// Somebody else worked on it and tells only the id.
  void note(const std::string& id, const std::string& member);

  std::size_t worked() const noexcept { return worked_; }
  std::size_t distinct() const noexcept { return times_.size(); }
  std::size_t by(const std::string& member) const;
  void print(std::ostream& out) const;

 private:
  struct sum {
    std::size_t count = 0;
    std::int64_t size = 0;
  };
  bool count(const std::string& id, const std::string& member);
  void add(std::string_view section, std::string_view size);

  std::map<std::string, std::size_t> times_;
  std::map<std::string, std::size_t> members_;
  std::map<std::string, sum> sections_;
  std::size_t worked_ = 0;
};

std::size_t count_lines_with(std::string_view text, std::string_view part);

}  // namespace sluice::cli
