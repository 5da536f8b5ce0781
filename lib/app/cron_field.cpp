#include "app/cron_field.hpp"

#include "sluice/core/error.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

namespace sluice {
namespace {

std::optional<int> number_in(std::string_view text) {
  int number = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped, wrong] = std::from_chars(text.data(), end, number);
  if (text.empty() || text[0] == '-' || wrong != std::errc() || stopped != end) return {};
  return number;
}

bool same_word(std::string_view text, std::string_view upper_case) {
  return std::equal(text.begin(), text.end(), upper_case.begin(), upper_case.end(),
                    [](unsigned char one, char other) { return std::toupper(one) == other; });
}

bool means_all(std::string_view text) { return text == "*" || text == "?"; }

}  // namespace

std::string_view cut_next(std::string_view& rest, char mark) {
  const auto at = std::min(rest.find(mark), rest.size());
  const auto part = rest.substr(0, at);
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return part;
}

std::string field_rule::allowed() const {
  auto text = std::to_string(lowest) + '-' + std::to_string(std::max(highest, alias));
  if (!names.empty()) {
    text += " or ";
    text += names.front();
    text += '-';
    text += names.back();
  }
  return text;
}

void field_reader::refuse(const std::string& why) const {
  throw error(errc::invalid_argument, "cron '" + std::string(expression_) + "': " + why);
}

void field_reader::refuse(const field_rule& rule, std::string_view text,
                          const std::string& why) const {
  refuse("'" + std::string(text) + "' in the field '" + std::string(rule.name) + "' " + why +
         "; allowed is " + rule.allowed());
}

int field_reader::value(std::string_view text, const field_rule& rule) const {
  for (std::size_t i = 0; i < rule.names.size(); ++i) {
    if (same_word(text, rule.names[i])) return rule.lowest + static_cast<int>(i);
  }
  const auto number = number_in(text);
  if (!number) refuse(rule, text, "is no value");
  if (*number < rule.lowest || *number > std::max(rule.highest, rule.alias)) {
    refuse(rule, text, "is out of range");
  }
  return *number;
}

std::uint64_t field_reader::stepped(int first, int last, std::string_view step, bool all,
                                    const field_rule& rule) const {
  const auto by = number_in(step);
  if (!by || *by == 0) refuse(rule, step, "is no step");
  const bool multiples = all && dialect_ == cron_dialect::streamback;
  if (!multiples && *by > std::max(rule.highest - rule.lowest, 1)) {
    refuse(rule, step, "is a step that leads out of it");
  }
  std::uint64_t found = 0;
  for (int each = first; each <= last; ++each) {
    if ((multiples ? each : each - first) % *by == 0) found |= std::uint64_t(1) << each;
  }
  if (found == 0) refuse(rule, step, "is a step that meets no value");
  return found;
}

std::uint64_t field_reader::item(std::string_view text, const field_rule& rule) const {
  auto step = text;
  const auto range = cut_next(step, '/');
  const bool has_step = range.size() < text.size();
  const bool all = means_all(range);
  int first = rule.lowest;
  int last = rule.highest;
  if (!all) {
    auto to = range;
    const auto from = cut_next(to, '-');
    const bool is_range = from.size() < range.size();
    first = value(from, rule);
    if (is_range) {
      last = value(to, rule);
      // FRI-SUN
      if (last < first && last == rule.lowest && rule.alias != 0) last = rule.alias;
    } else if (!has_step) {
      last = first;
    }
    if (last < first) refuse(rule, text, "ends before it begins");
  }
  if (has_step) return stepped(first, last, step, all, rule);
  return stepped(first, last, "1", false, rule);
}

std::uint64_t field_reader::list(std::string_view text, const field_rule& rule) const {
  std::uint64_t all = 0;
  auto rest = text;
  while (true) {
    const bool more = rest.find(',') != std::string_view::npos;
    all |= item(cut_next(rest, ','), rule);
    if (!more) return all;
  }
}

}  // namespace sluice
