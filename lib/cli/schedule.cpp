#include "cli/app_address.hpp"
#include "cli/listing.hpp"
#include "cli/session.hpp"
#include "cli/table.hpp"
#include "cli/verbs.hpp"

#include <sluice/app/app.hpp>
#include <sluice/app/schedules.hpp>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

using std::chrono::milliseconds;

struct schedule_flags {
  app_address where;
  std::string app;
  std::string name;
  std::size_t count = 5;
};

// "2028-02-29 12:00:00 UTC"
std::string date_text(milliseconds since_1970) {
  const std::chrono::sys_time<milliseconds> at(since_1970);
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(at - day);
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u %02d:%02d:%02d UTC", int(date.year()),
                unsigned(date.month()), unsigned(date.day()), int(clock.hours().count()),
                int(clock.minutes().count()), int(clock.seconds().count()));
  return text;
}

std::string when_text(const schedule& what) {
  if (const auto* const times = std::get_if<cron>(&what.when())) {
    return times->expression() + " (" + times->zone() + ')';
  }
  return "every " + std::to_string(std::get<milliseconds>(what.when()).count()) + " ms";
}

std::vector<row> rows_of(const std::vector<schedule_info>& all) {
  std::vector<row> rows{{"APP", "NAME", "WHEN", "TOPIC", "LAST", "NEXT"}};
  for (const auto& each : all) {
    const auto last = date_text(each.last);
    if (each.what) {
      rows.push_back({each.app, each.name, when_text(*each.what), each.what->topic(), last,
                      date_text(each.next(1).front())});
    } else {
      rows.push_back({each.app, each.name, "of a newer sluice", "", last, ""});
    }
  }
  return rows;
}

asio::awaitable<int> show_schedules(session& here) {
  listing out(here);
  const auto all = co_await list_schedules(here.redis);
  co_await out.print(lines_of(rows_of(all)));
  co_return ok;
}

asio::awaitable<schedule_info> find(session& here, const schedule_flags& which) {
  const auto all = co_await list_schedules(here.redis);
  for (const auto& each : all) {
    if (each.app == which.app && each.name == which.name && each.what) co_return each;
  }
  throw failure(fell_short, "there is no schedule '" + which.name + "' of app '" + which.app + "'");
}

asio::awaitable<int> show_next(session& here, const schedule_flags& which) {
  listing out(here);
  const auto found = co_await find(here, which);
  std::vector<std::string> lines;
  for (const auto each : found.next(which.count)) lines.push_back(date_text(each));
  co_await out.print(std::move(lines));
  co_return ok;
}

asio::awaitable<int> send_now(session& here, const schedule_flags& which) {
  const auto found = co_await find(here, which);
  auto sender = which.where.make_app(here, which.app);
  auto lane = sender.send(found.what->topic(), found.what->value(), send_options().one_way());
  co_await lane.sent();
  co_return ok;
}

asio::awaitable<int> remove(session& here, const schedule_flags& which) {
  const bool found = co_await remove_schedule(here.redis, which.app, which.name);
  if (!found) {
    throw failure(fell_short,
                  "there is no schedule '" + which.name + "' of app '" + which.app + "'");
  }
  co_return ok;
}

using action = asio::awaitable<int> (*)(session&, const schedule_flags&);

// A verb about one schedule.
CLI::App& add_one(CLI::App& verb, const char* name, const char* what,
                  const std::shared_ptr<schedule_flags>& flags, int& code, action act) {
  auto& made = *verb.add_subcommand(name, what);
  made.add_option("app", flags->app, "Whose")->required()->type_name("APP");
  made.add_option("name", flags->name, "Which")->required()->type_name("NAME");
  flags->where.add_to(made);
  made.callback([&code, flags, act] {
    code = flags->where.run(app_address::holder::messages,
                            [flags, act](session& here) { return act(here, *flags); });
  });
  return made;
}

}  // namespace

void add_schedule(CLI::App& tool, int& code) {
  auto& verb = *tool.add_subcommand("schedule", "Show and change what apps send by the clock");
  verb.require_subcommand(1);
  const auto flags = std::make_shared<schedule_flags>();
  auto& all = *verb.add_subcommand("list", "Show all schedules, with their last and next times");
  flags->where.add_to(all);
  all.callback(
      [&code, flags] { code = flags->where.run(app_address::holder::messages, show_schedules); });
  auto& next = add_one(verb, "next", "Show the times to come", flags, code, show_next);
  next.add_option("--count", flags->count, "How many; 5 by default")
      ->check(CLI::Range(1, 10'000).description(""))
      ->type_name("N");
  add_one(verb, "run", "Send its message once more, now", flags, code, send_now);
  add_one(verb, "remove", "End it in all processes, until one begins it anew", flags, code, remove);
}

}  // namespace sluice::cli
