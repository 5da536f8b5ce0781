#include "tally.hpp"

#include <algorithm>
#include <charconv>
#include <iomanip>
#include <utility>
#include <vector>

namespace sluice::cli {

bool tally::count(const std::string& id, const std::string& member) {
  ++worked_;
  ++members_[member];
  return ++times_[id] == 1;
}

void tally::work_on(const entry& record, const std::string& member) {
  if (count(std::string(record.id_text()), member)) {
    add(record.field("section"), record.field("size"));
  }
}

void tally::work_on(const resp::value& values, const std::string& id, const std::string& member) {
  if (count(id, member)) add(values.find("section").text(), values.find("size").text());
}

void tally::note(const std::string& id, const std::string& member) {
  if (count(id, member)) add("(worked on by the member that was killed)", "0");
}

void tally::add(std::string_view section, std::string_view size) {
  auto& into = sections_[section.empty() ? "(none)" : std::string(section)];
  std::int64_t kibibytes = 0;
  std::from_chars(size.data(), size.data() + size.size(), kibibytes);
  ++into.count;
  into.size += kibibytes;
}

std::size_t tally::by(const std::string& member) const {
  const auto found = members_.find(member);
  return found == members_.end() ? 0 : found->second;
}

void tally::print(std::ostream& out) const {
  constexpr std::size_t most_rows = 6;
  std::vector<std::pair<std::string, sum>> rows(sections_.begin(), sections_.end());
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.second.count > b.second.count; });
  if (rows.size() > most_rows) rows.resize(most_rows);
  out << "   the work, by section:\n";
  for (const auto& [section, each] : rows) {
    out << "   " << std::setw(6) << each.count << std::setw(12) << each.size << " KiB  " << section
        << '\n';
  }
  out << "   by member:";
  for (const auto& [member, times] : members_) out << ' ' << member << ' ' << times;
  out << '\n';
}

std::size_t count_lines_with(std::string_view text, std::string_view part) {
  std::size_t lines = 0;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    if (line.find(part) != std::string_view::npos) ++lines;
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return lines;
}

}  // namespace sluice::cli
