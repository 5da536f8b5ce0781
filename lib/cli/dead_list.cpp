#include "cli/checks.hpp"
#include "cli/complain.hpp"
#include "cli/dead.hpp"
#include "cli/json_entry.hpp"
#include "cli/listing.hpp"
#include "cli/readable.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

constexpr std::size_t letters_a_page = 100;

struct list_flags {
  dead_place where;
  std::size_t count = std::numeric_limits<std::size_t>::max();
  bool json = false;
};

struct show_flags {
  dead_place where;
  std::string id;
  bool json = false;
};

std::int64_t milliseconds_of(dead_letter::time_point time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

std::string fields_text(const dead_letter& of) {
  std::string text;
  append_json_fields(text, field_views(of.fields().begin(), of.fields().end()));
  return text;
}

std::string json_of(const dead_letter& what) {
  std::string line = "{\"id\":\"" + what.id().to_string() + '"';
  const auto text = [&line](const char* name, std::string_view value) {
    line.append(",\"").append(name).append("\":");
    append_json_string(line, value);
  };
  const auto number = [&line](const char* name, std::int64_t value) {
    line.append(",\"").append(name).append("\":").append(std::to_string(value));
  };
  text("stream", what.stream());
  text("entry", what.entry().to_string());
  text("group", what.group());
  text("consumer", what.consumer());
  text("reason", what.reason());
  text("error", what.error_text());
  number("deliveries", what.deliveries());
  number("added_ms", milliseconds_of(what.added()));
  number("died_ms", milliseconds_of(what.died()));
  return line.append(",\"fields\":").append(fields_text(what)).append("}");
}

std::string heading() {
  return left_in(20, "id") + left_in(20, "entry") + left_in(16, "group") +
         right_in(10, "deliveries") + "reason";
}

std::string row_of(const dead_letter& what) {
  return left_in(20, what.id().to_string()) + left_in(20, what.entry().to_string()) +
         left_in(16, readable_text(what.group())) +
         right_in(10, std::to_string(what.deliveries())) + readable_text(what.reason());
}

std::vector<std::string> sheet(const dead_letter& what) {
  std::vector<std::string> lines;
  const auto line = [&lines](const char* name, const std::string& value) {
    lines.push_back(left_in(10, name) + value);
  };
  const auto lived =
      std::chrono::milliseconds(milliseconds_of(what.died()) - milliseconds_of(what.added()));
  line("id", what.id().to_string());
  line("entry", what.entry().to_string() + " of " + readable_text(what.stream()));
  line("group", readable_text(what.group()));
  line("consumer", readable_text(what.consumer()));
  line("deliveries", std::to_string(what.deliveries()));
  line("given up", readable_time(lived) + " after it was added");
  line("reason", readable_text(what.reason()));
  if (!what.error_text().empty()) line("error", readable_text(what.error_text()));
  for (const auto& [name, value] : what.fields()) {
    lines.push_back("  " + readable_text(name) + " = " + readable_text(value));
  }
  return lines;
}

asio::awaitable<int> list(const list_flags& flags, session& here) {
  listing out(here);
  const auto letters = flags.where.letters(here);
  bool wanted = true;
  entry_id last;
  std::size_t shown = 0;
  while (wanted && shown < flags.count) {
    const auto page = co_await letters.list(std::min(letters_a_page, flags.count - shown), last);
    if (page.empty()) break;
    std::vector<std::string> lines;
    for (const auto& each : page) {
      if (!flags.where.has(each)) continue;
      if (shown++ == 0 && !flags.json) lines.push_back(heading());
      lines.push_back(flags.json ? json_of(each) : row_of(each));
    }
    last = page.back().id();
    wanted = co_await out.print(std::move(lines));
  }
  if (shown == 0) {
    complain("there are no dead letters of " + flags.where.stream + " in " + letters.name());
  }
  co_return ok;
}

asio::awaitable<int> show(const show_flags& flags, session& here) {
  listing out(here);
  const auto letters = flags.where.letters(here);
  const auto found = co_await find_dead(flags.where, letters, id_in(flags.id));
  if (!found) {
    complain_about_missing(flags.where, letters, id_in(flags.id));
    co_return fell_short;
  }
  auto lines = sheet(*found);
  if (flags.json) lines.assign(1, json_of(*found));
  co_await out.print(std::move(lines));
  co_return ok;
}

}  // namespace

void add_dead_list(CLI::App& dead, int& code) {
  auto* const verb = dead.add_subcommand("list", "List them, the oldest first");
  const auto flags = std::make_shared<list_flags>();
  add_dead_place(*verb, flags->where);
  verb->add_option("--count", flags->count, "At most so many")->check(check_count)->type_name("N");
  verb->add_flag("--json", flags->json, "JSON lines with all that is known, for programs");
  verb->callback([&code, flags] {
    code = run(flags->where.url, [flags](session& here) { return list(*flags, here); });
  });
}

void add_dead_show(CLI::App& dead, int& code) {
  auto* const verb = dead.add_subcommand("show", "Show all that is known about one");
  const auto flags = std::make_shared<show_flags>();
  add_dead_place(*verb, flags->where);
  verb->add_option("id", flags->id, "Which")->required()->check(check_id)->type_name("ID");
  verb->add_flag("--json", flags->json, "As a line of JSON");
  verb->callback([&code, flags] {
    code = run(flags->where.url, [flags](session& here) { return show(*flags, here); });
  });
}

}  // namespace sluice::cli
