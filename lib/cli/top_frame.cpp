#include "cli/top_frame.hpp"

#include "cli/cells.hpp"
#include "cli/facts_table.hpp"
#include "cli/pending_entries.hpp"
#include "cli/readable.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

namespace sluice::cli {
namespace {

using admin::group_view;
using admin::plight;
using admin::watched_consumer;

constexpr std::size_t least_names = 20;
// Below this there is room for groups alone.
constexpr std::size_t rows_for_consumers = 14;
constexpr std::size_t rows_for_totals = 7;

std::string rate_text(const std::optional<double>& rate) { return rate ? short_rate(*rate) : "-"; }

std::string lag_text(const group_view& of) {
  return (of.facts.lag.estimated ? "~" : "") + short_count(of.facts.lag.count);
}

std::string age_text(const group_view& of) {
  return of.facts.oldest && of.closely ? short_time(of.facts.age) : "-";
}

std::string living_text(const group_view& of, std::chrono::milliseconds dead_after) {
  const auto listed = std::count_if(of.consumers.begin(), of.consumers.end(),
                                    [](const auto& each) { return !each.facts.nobody; });
  if (!of.closely) return short_count(of.facts.consumers);
  return std::to_string(of.living(dead_after)) + '/' + std::to_string(listed);
}

/// A figure of a group. Where a screen is narrow those of the greatest `rank` are left out first.
struct column {
  const char* title;
  std::size_t cells;
  int rank;
  std::function<std::string(const group_view&)> text;
};

std::vector<column> columns_of(const top_facts& what) {
  const auto added = [](const group_view& of) { return rate_text(of.rates.added); };
  const auto taken = [](const group_view& of) { return rate_text(of.rates.taken); };
  const auto pending = [](const group_view& of) { return short_count(of.facts.pending); };
  const auto living = [&what](const group_view& of) { return living_text(of, what.dead_after); };
  const auto dead = [](const group_view& of) {
    return of.dead_letters ? short_count(*of.dead_letters) : "-";
  };
  return {{"IN/S", 6, 5, added},      {"OUT/S", 6, 4, taken},     {"LAG", 7, 1, lag_text},
          {"PENDING", 7, 2, pending}, {"OLDEST", 6, 6, age_text}, {"ALIVE", 5, 3, living},
          {"DEAD", 5, 7, dead}};
}

std::size_t cells_of(const std::vector<column>& figures) {
  std::size_t cells = 0;
  for (const auto& each : figures) cells += each.cells + 1;
  return cells;
}

std::vector<column> columns_that_fit(const top_facts& what, std::size_t columns) {
  auto figures = columns_of(what);
  while (!figures.empty() && cells_of(figures) + least_names > columns) {
    figures.erase(
        std::max_element(figures.begin(), figures.end(),
                         [](const auto& one, const auto& other) { return one.rank < other.rank; }));
  }
  return figures;
}

ink colour_of(plight how) { return how == plight::behind ? ink::yellow : ink::red; }

/// Names, of which the first may take two thirds, and figures beside them.
std::string line_with(std::size_t names, std::string_view first, std::string_view second,
                      const std::vector<std::string>& figures) {
  const auto half = std::max<std::size_t>(names, 3) - 1;
  const auto left = half - half * 2 / 5;
  auto line = name_in(left, first) + ' ' + name_in(half - left, second);
  for (const auto& each : figures) line += ' ' + each;
  return line;
}

std::vector<std::string> group_lines(const top_facts& what, std::size_t columns, std::size_t most) {
  const auto figures = columns_that_fit(what, columns);
  const auto names = columns - std::min(columns, cells_of(figures));
  std::vector<std::string> titles;
  for (const auto& each : figures) titles.push_back(figure_in(each.cells, each.title));
  std::vector<std::string> lines(1,
                                 painted(ink::bold, line_with(names, "STREAM", "GROUP", titles)));
  for (std::size_t i = 0; i < what.groups.size() && i < most; ++i) {
    const auto& group = what.groups[i];
    std::vector<std::string> cells;
    for (const auto& each : figures) cells.push_back(figure_in(each.cells, each.text(group)));
    auto line = line_with(names, group.stream, group.facts.name, cells);
    if (group.state >= plight::behind) line = painted(colour_of(group.state), line);
    lines.push_back(std::move(line));
  }
  return lines;
}

/// A consumer with the group that it is of.
struct member_of {
  const group_view* group;
  const watched_consumer* who;
};

std::vector<member_of> members_in_need(const top_facts& what, std::size_t groups) {
  std::vector<member_of> all;
  for (std::size_t i = 0; i < what.groups.size() && i < groups; ++i) {
    for (const auto& each : what.groups[i].consumers) all.push_back({&what.groups[i], &each});
  }
  const auto need = [&what](const member_of& one) {
    const auto& facts = one.who->facts;
    const bool dead = !facts.nobody && one.who->silence() >= what.dead_after;
    return std::pair(dead && facts.pending > 0, facts.pending);
  };
  std::stable_sort(all.begin(), all.end(),
                   [&need](const auto& one, const auto& other) { return need(one) > need(other); });
  return all;
}

std::string member_line(const top_facts& what, const member_of& one, std::size_t names) {
  const auto& facts = one.who->facts;
  std::string name = facts.name;
  if (facts.name == given_back) name = "(given back)";
  if (facts.name == taken_from_the_dead) name = "(taken from the dead)";
  const auto beat = one.who->beat ? short_time(*one.who->beat) : std::string("-");
  std::vector<std::string> figures;
  figures.push_back(figure_in(7, short_count(facts.pending)));
  figures.push_back(figure_in(6, facts.nobody ? "-" : short_time(facts.idle)));
  figures.push_back(figure_in(6, beat));
  auto line = line_with(names, name, one.group->facts.name, figures);
  const bool dead = !facts.nobody && one.who->silence() >= what.dead_after;
  return dead && facts.pending > 0 ? painted(ink::red, line) : line;
}

std::vector<std::string> member_lines(const top_facts& what, std::size_t columns,
                                      std::size_t groups, std::size_t most) {
  const auto names = columns - std::min<std::size_t>(columns, 22);
  std::vector<std::string> titles;
  titles.push_back(figure_in(7, "PENDING"));
  titles.push_back(figure_in(6, "ASKED"));
  titles.push_back(figure_in(6, "BEAT"));
  std::vector<std::string> lines(1,
                                 painted(ink::bold, line_with(names, "CONSUMER", "GROUP", titles)));
  for (const auto& each : members_in_need(what, groups)) {
    if (lines.size() > most) break;
    lines.push_back(member_line(what, each, names));
  }
  return lines;
}

// On a small screen what is wrong comes before what it adds up to, and groups before both.
std::vector<std::string> head_lines(const top_facts& what, screen_size size) {
  const auto columns = size.columns;
  const auto& sum = what.totals;
  const auto told = [](std::size_t count, const char* how) {
    return count == 0 ? std::string() : "  " + std::to_string(count) + ' ' + how;
  };
  auto first = "sluice top  " + std::to_string(sum.streams) + " streams  " +
               std::to_string(sum.groups) + " groups" +
               told(sum.streams - sum.seen, "streams not seen yet") + "  " +
               readable_text(what.server);
  auto second = "lag " + short_count(sum.lag) + "  pending " + short_count(sum.pending) + "  out " +
                short_rate(sum.taken) + "/s  done " + short_rate(sum.settled) + "/s" +
                told(sum.abandoned, "abandoned") + told(sum.stuck, "stuck") +
                told(sum.behind, "behind");
  std::vector<std::string> lines;
  lines.push_back(cut_to(columns, first));
  if (size.rows >= rows_for_totals) lines.push_back(cut_to(columns, second));
  if (!what.trouble.empty()) {
    lines.push_back(painted(ink::red, cut_to(columns, readable_text(what.trouble))));
  } else if (size.rows >= rows_for_consumers) {
    lines.emplace_back();
  }
  return lines;
}

void add(std::vector<std::string>& to, std::vector<std::string> lines) {
  std::move(lines.begin(), lines.end(), std::back_inserter(to));
}

}  // namespace

std::vector<std::string> top_frame(const top_facts& what, screen_size size) {
  auto lines = head_lines(what, size);
  const auto left = size.rows - std::min(size.rows, lines.size() + 1);
  auto groups = std::min(left, what.groups.size());
  const bool has_members = size.rows >= rows_for_consumers;
  // A third of what is left is theirs, and what the groups do not need.
  if (has_members) groups = std::min(groups, left - left / 3);
  add(lines, group_lines(what, size.columns, groups));
  if (has_members && left > groups + 2) {
    lines.emplace_back();
    add(lines, member_lines(what, size.columns, groups, left - groups - 2));
  }
  lines.resize(std::min(lines.size(), size.rows));
  return lines;
}

}  // namespace sluice::cli
