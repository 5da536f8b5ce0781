// What the demo counts at the server, and the account that it makes of it.
#include "cli/demonstration.hpp"

#include "cli/exit_code.hpp"
#include "cli/print.hpp"

#include <sluice/core/result.hpp>

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

std::size_t count_lines_with(std::string_view text, std::string_view part) {
  std::size_t lines = 0;
  for (auto at = text.find(part); at != std::string_view::npos;) {
    ++lines;
    at = text.find(part, text.find('\n', at));
  }
  return lines;
}

void print_figure(const char* what, std::size_t count, const char* remark = "") {
  auto number = std::to_string(count);
  number.insert(0, number.size() < 8 ? 8 - number.size() : 0, ' ');
  std::string label = what;
  label.resize(24, ' ');
  print_line(label + number + remark);
}

}  // namespace

void demonstration::say(const char* step, const std::string& what) {
  std::string line = step;
  line.resize(12, ' ');
  print_line(line + what);
}

asio::awaitable<void> demonstration::count_connections() {
  // At a server of the user's own this may not be permitted.
  const auto clients = co_await as_result(here_.redis.exec("CLIENT", "LIST"));
  if (clients.has_value()) {
    connections_ = count_lines_with(clients->value().text(), " name=" + plan_.name + ' ');
  }
}

asio::awaitable<void> demonstration::count_held() {
  const reply held = co_await here_.redis.exec("XPENDING", plan_.name, plan_.name, "-", "+", 1'000,
                                               orders_.consumer);
  held_ = held.value().size();
}

asio::awaitable<int> demonstration::settle_account() {
  const reply length = co_await here_.redis.exec("XLEN", plan_.name);
  const reply summary = co_await here_.redis.exec("XPENDING", plan_.name, plan_.name);
  const auto stored = static_cast<std::size_t>(length.as<std::int64_t>());
  const auto pending = static_cast<std::size_t>(summary.value()[0].integer().value_or(-1));
  const auto undelivered = co_await count_undelivered();
  const auto lost = co_await count_lost();
  const auto twice = done_.worked() - done_.distinct();

  print_line("");
  for (const auto& each : done_.table(plan_.category, plan_.amount)) print_line("  " + each);
  print_line("");
  say("by member", done_.shares());
  say("over", connections_ == 0 ? std::string("connections that CLIENT LIST may not show")
                                : std::to_string(connections_) + " connections, one a process");
  print_line("");
  print_figure("produced", produced_);
  print_figure("worked on", done_.distinct());
  print_figure("claimed after the crash", claimed_);
  print_figure("acknowledged", stored - std::min(stored, pending + undelivered));
  print_figure("pending", pending);
  print_figure("lost", lost);
  print_figure("worked on twice", twice, "  (killed between the work and its acknowledgement)");
  const bool adds_up = stored == produced_ && done_.distinct() == produced_ && pending == 0 &&
                       undelivered == 0 && lost == 0 && held_ > 0 && claimed_ == held_;
  print_line(adds_up ? "the account adds up" : "THE ACCOUNT DOES NOT ADD UP");
  co_return adds_up ? static_cast<int>(ok) : static_cast<int>(fell_short);
}

asio::awaitable<std::size_t> demonstration::count_undelivered() {
  const reply groups = co_await here_.redis.exec("XINFO", "GROUPS", plan_.name);
  const auto last = std::string(groups.value()[0].find("last-delivered-id").text());
  const reply rest = co_await here_.redis.exec("XRANGE", plan_.name, '(' + last, "+");
  co_return rest.value().size();
}

// Entries of the stream that no member ever had; page by page, as there may be many.
asio::awaitable<std::size_t> demonstration::count_lost() {
  std::size_t lost = 0;
  for (std::string after = "-";;) {
    const reply page = co_await here_.redis.exec("XRANGE", plan_.name, after, "+", "COUNT", 1'000);
    for (const auto& each : page.value()) {
      if (!done_.knows(each[0].text())) ++lost;
      after = '(' + std::string(each[0].text());
    }
    if (page.value().size() < 1'000) co_return lost;
  }
}

}  // namespace sluice::cli
