#include "cli/tally.hpp"

#include <algorithm>
#include <charconv>
#include <iomanip>
#include <sstream>
#include <utility>

namespace sluice::cli {
namespace {

constexpr std::size_t most_rows = 6;
constexpr std::size_t widest_category = 24;

std::int64_t number_in(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
  return wrong == std::errc() && end == text.data() + text.size() ? number : 0;
}

std::string line_of(std::string_view category, std::string_view records, std::string_view amount) {
  std::ostringstream line;
  line << std::left << std::setw(widest_category) << category << std::right << std::setw(10)
       << records << std::setw(14) << amount;
  return line.str();
}

}  // namespace

void tally::work_on(const job& what, const std::string& member) {
  ++worked_;
  ++members_[member];
  if (++ids_[what.id] > 1) return;
  auto& into = categories_[what.category.empty() ? "(none)" : what.category];
  ++into.records;
  into.amount += number_in(what.amount);
}

std::size_t tally::by(const std::string& member) const {
  const auto found = members_.find(member);
  return found == members_.end() ? 0 : found->second;
}

std::vector<std::string> tally::table(std::string_view category, std::string_view amount) const {
  std::vector<std::pair<std::string, sum>> rows(categories_.begin(), categories_.end());
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return a.second.records > b.second.records;
  });
  if (rows.size() > most_rows) {
    std::pair<std::string, sum> rest(std::to_string(rows.size() - most_rows + 1) + " others",
                                     sum());
    for (auto i = most_rows - 1; i < rows.size(); ++i) {
      rest.second.records += rows[i].second.records;
      rest.second.amount += rows[i].second.amount;
    }
    rows.resize(most_rows - 1);
    rows.push_back(std::move(rest));
  }
  std::vector<std::string> lines(1, line_of(category, "records", amount));
  for (const auto& [name, each] : rows) {
    lines.push_back(line_of(name.substr(0, widest_category - 1), std::to_string(each.records),
                            std::to_string(each.amount)));
  }
  return lines;
}

std::string tally::shares() const {
  std::string text;
  for (const auto& [member, times] : members_) {
    text.append(text.empty() ? "" : ", ").append(member + ' ' + std::to_string(times));
  }
  return text;
}

}  // namespace sluice::cli
