#include "app/cron_reader.hpp"

#include "app/cron_field.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

namespace sluice {
namespace {

using namespace std::string_view_literals;

constexpr std::array month_names{"JAN"sv, "FEB"sv, "MAR"sv, "APR"sv, "MAY"sv, "JUN"sv,
                                 "JUL"sv, "AUG"sv, "SEP"sv, "OCT"sv, "NOV"sv, "DEC"sv};
constexpr std::array days_from_sunday{"SUN"sv, "MON"sv, "TUE"sv, "WED"sv,
                                      "THU"sv, "FRI"sv, "SAT"sv};
constexpr std::array days_from_monday{"MON"sv, "TUE"sv, "WED"sv, "THU"sv,
                                      "FRI"sv, "SAT"sv, "SUN"sv};

constexpr field_rule second_rule{.name = "second", .highest = 59, .names = {}};
constexpr field_rule minute_rule{.name = "minute", .highest = 59, .names = {}};
constexpr field_rule hour_rule{.name = "hour", .highest = 23, .names = {}};
constexpr field_rule day_rule{.name = "day of month", .lowest = 1, .highest = 31, .names = {}};
constexpr field_rule month_rule{.name = "month", .lowest = 1, .highest = 12, .names = month_names};
constexpr field_rule sunday_rule{
    .name = "day of week", .highest = 6, .names = days_from_sunday, .alias = 7};
constexpr field_rule monday_rule{.name = "day of week", .highest = 6, .names = days_from_monday};

constexpr std::array macros{
    std::pair{"@yearly"sv, "0 0 1 1 *"sv},  std::pair{"@annually"sv, "0 0 1 1 *"sv},
    std::pair{"@monthly"sv, "0 0 1 * *"sv}, std::pair{"@weekly"sv, "0 0 * * SUN"sv},
    std::pair{"@daily"sv, "0 0 * * *"sv},   std::pair{"@midnight"sv, "0 0 * * *"sv},
    std::pair{"@hourly"sv, "0 * * * *"sv},
};

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return words;
    text.remove_prefix(begin);
    const auto end = std::min(text.find_first_of(" \t"), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

// As cron sees it: of the days that "*/2" leaves, only those that the other field means.
bool restricts(std::string_view field) { return field[0] != '*' && field[0] != '?'; }

class reader {
 public:
  reader(std::string_view expression, cron_dialect dialect)
      : fields_(expression, dialect), dialect_(dialect) {}

  cron_pattern read(std::string_view text) const {
    auto words = words_of(text);
    if (words.size() == 5) words.insert(words.begin(), "0");
    if (words.size() != 6) {
      fields_.refuse("it has " + std::to_string(words.size()) +
                     " fields; 5 are wanted (minute, hour, day of month, month, day of week), or "
                     "6 with seconds before them");
    }
    cron_pattern made;
    made.seconds = fields_.list(words[0], second_rule);
    made.minutes = fields_.list(words[1], minute_rule);
    made.hours = fields_.list(words[2], hour_rule);
    read_days(words[3], made);
    made.months = fields_.list(words[4], month_rule);
    read_weekdays(words[5], made);
    made.every_hour = !restricts(words[2]);
    made.either_day =
        dialect_ == cron_dialect::standard && restricts(words[3]) && restricts(words[5]);
    return made;
  }

 private:
  void read_days(std::string_view text, cron_pattern& into) const {
    bool more = true;
    while (more) {
      more = text.find(',') != std::string_view::npos;
      const auto item = cut_next(text, ',');
      if (item == "L" || item == "l") {
        into.last_day = true;
      } else {
        into.days |= fields_.item(item, day_rule);
      }
    }
  }

  void read_weekdays(std::string_view text, cron_pattern& into) const {
    bool more = true;
    while (more) {
      more = text.find(',') != std::string_view::npos;
      const auto item = cut_next(text, ',');
      const auto [days, weeks] = weekday_item(item);
      for (unsigned day = 0; day < 8; ++day) {
        if ((days >> day & 1U) != 0) into.weekdays[from_sunday(day)] |= weeks;
      }
    }
  }

  // FRI#2, FRIL, or days of every week.
  std::pair<std::uint64_t, std::uint8_t> weekday_item(std::string_view item) const {
    const auto& rule = dialect_ == cron_dialect::standard ? sunday_rule : monday_rule;
    if (item.size() > 1 && (item.back() == 'L' || item.back() == 'l')) {
      item.remove_suffix(1);
      return {std::uint64_t(1) << fields_.value(item, rule), cron_pattern::last_week};
    }
    auto week = item;
    const auto day = cut_next(week, '#');
    if (day.size() == item.size()) return {fields_.item(item, rule), cron_pattern::every_week};
    if (week.size() != 1 || week[0] < '1' || week[0] > '5') {
      fields_.refuse(rule, item, "names no week of the month, 1-5");
    }
    const auto bit = std::uint8_t(1U << static_cast<unsigned>(week[0] - '1'));
    return {std::uint64_t(1) << fields_.value(day, rule), bit};
  }

  std::size_t from_sunday(unsigned day) const {
    return (dialect_ == cron_dialect::standard ? day : day + 1) % 7;
  }

  field_reader fields_;
  cron_dialect dialect_;
};

std::string_view spelled_out(std::string_view expression) {
  const auto* const found = std::find_if(
      macros.begin(), macros.end(), [&](const auto& each) { return each.first == expression; });
  return found == macros.end() ? expression : found->second;
}

}  // namespace

cron_pattern read_cron(std::string_view expression, cron_dialect dialect) {
  const auto text = spelled_out(expression);
  if (text.starts_with('@')) {
    field_reader(expression, dialect)
        .refuse("allowed are @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually");
  }
  // A macro means the same in every dialect.
  const auto spoken = text == expression ? dialect : cron_dialect::standard;
  const auto made = reader(expression, spoken).read(text);
  constexpr std::chrono::local_days any_day(std::chrono::days(0));
  if (!made.first(any_day)) {
    field_reader(expression, dialect).refuse("no day ever matches, so that it is never due");
  }
  return made;
}

}  // namespace sluice
