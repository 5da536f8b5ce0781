#include "cli/demonstration.hpp"

#include "cli/exit_code.hpp"
#include "cli/json_entry.hpp"
#include "cli/line_source.hpp"
#include "cli/print.hpp"

#include <sluice/core/result.hpp>
#include <sluice/stream/producer.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

namespace sluice::cli {
namespace asio = boost::asio;
namespace json = boost::json;
namespace {

using namespace std::chrono_literals;

constexpr const char* group_name = "workers";
constexpr const char* first_member = "member-1";
constexpr const char* second_member = "member-2";
constexpr const char* victim_name = "member-3";
// Until members tell each other that they live, idle time is what says that one is dead.
constexpr auto idle_of_the_dead = 100ms;
constexpr auto patience = 10s;

void say(const char* step, const std::string& what) {
  std::string line = step;
  line.resize(12, ' ');
  print_line(line + what);
}

class stopwatch {
 public:
  std::chrono::duration<double> passed() const { return std::chrono::steady_clock::now() - start_; }
  std::string rate(std::size_t entries) const {
    const auto seconds = std::max(passed().count(), 1e-6);
    return std::to_string(std::lround(seconds * 1e3)) + " ms, " +
           std::to_string(std::lround(static_cast<double>(entries) / seconds)) + " a second";
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

std::size_t count_lines_with(std::string_view text, std::string_view part) {
  std::size_t lines = 0;
  for (auto at = text.find(part); at != std::string_view::npos;) {
    ++lines;
    at = text.find(part, text.find('\n', at));
  }
  return lines;
}

std::string text_in(const json::value& line, const char* name, const std::string& field = {}) {
  const auto* found = line.as_object().if_contains(name);
  if (found != nullptr && !field.empty()) found = found->as_object().if_contains(field);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

}  // namespace

demonstration::demonstration(demo_plan plan, session& here) : plan_(std::move(plan)), here_(here) {
  // What the victim takes is little enough that half of the records are left to the others.
  orders_.url = plan_.url;
  orders_.stream = plan_.name;
  orders_.group = group_name;
  orders_.consumer = victim_name;
  orders_.prefetch = std::clamp<std::size_t>(plan_.records.size() / 6, 1, 20);
  orders_.hang_after = std::min<std::size_t>(orders_.prefetch, 5);
}

asio::awaitable<int> demonstration::run() {
  const auto stop = [this] {
    if (plan_.own_server) here_.redis.stop();
  };
  const on_stop while_running(here_.stop, stop);
  int code = trouble;
  std::exception_ptr thrown;
  try {
    code = co_await tell();
  } catch (...) {
    thrown = std::current_exception();
  }
  // The parts that still run refer to this object. Without the victim they all end.
  if (victim_) victim_->kill();
  while (running_ > 0) co_await pause(1ms);
  if (!plan_.own_server) co_await as_result(here_.redis.exec("DEL", plan_.name));
  if (thrown) std::rethrow_exception(thrown);
  co_return code;
}

asio::awaitable<int> demonstration::tell() {
  say("server", plan_.server + ": " + here_.redis.server().server() + ' ' +
                    here_.redis.server().version_text());
  co_await produce();
  co_await start_victim();
  co_await share_work();
  co_await claim_from_victim();
  const int code = co_await settle_account();
  co_return code;
}

asio::awaitable<void> demonstration::produce() {
  const stopwatch watch;
  producer out(here_.redis);
  for (auto& each : std::exchange(plan_.records, {})) {
    co_await out.send(plan_.name, std::move(each));
    ++produced_;
    check();
  }
  co_await out.flush();
  say("produced",
      std::to_string(produced_) + " records: " + plan_.source + "; " + watch.rate(produced_));
}

asio::awaitable<void> demonstration::start_victim() {
  victim_.emplace(orders_);
  start(listen_to_victim());
  // It is first at the stream, so that it holds entries however few there are.
  const stopwatch watch;
  while (done_.by(victim_name) < orders_.hang_after) {
    if (running_ == 0 || watch.passed() > patience) {
      throw failure(trouble, std::string(victim_name) + " did not take its entries");
    }
    co_await pause(1ms);
    check();
  }
  say("members", std::string(first_member) + " and " + second_member +
                     " here, over one connection; " + victim_name + " is process " +
                     std::to_string(victim_->pid()) + ", over one of its own");
}

asio::awaitable<void> demonstration::listen_to_victim() {
  line_source lines(here_.redis.get_executor(), victim_->output());
  while (auto next = co_await lines.next()) done_.work_on(job_of(next->text()), victim_name);
}

asio::awaitable<void> demonstration::share_work() {
  const auto before = done_.worked();
  const stopwatch watch;
  start(count_connections());
  start(work(first_member));
  start(work(second_member));
  // Until only the part that listens to the victim is left; it ends with the victim.
  while (running_ > 1) co_await pause(1ms);
  kill_victim();
  while (running_ > 0) co_await pause(1ms);
  check();
  const auto worked = done_.worked() - before;
  say("worked", "the other two worked on " + std::to_string(worked) + " in " + watch.rate(worked));
}

asio::awaitable<void> demonstration::work(std::string name) {
  const group what = membership(name, 20).wait(waiting::none());
  group_consumer member(here_.redis, what);
  while (auto record = co_await member.get_entry()) {
    check();
    done_.work_on(job_of(*record), name);
    if (done_.worked() >= produced_ / 2) kill_victim();
    co_await std::move(*record).ack();
  }
}

void demonstration::kill_victim() {
  if (victim_->killed()) return;
  victim_->kill();
  say("killed", std::string(victim_name) + " (SIGKILL) when " + std::to_string(done_.worked()) +
                    " were worked on; nothing was handed back");
}

asio::awaitable<void> demonstration::count_connections() {
  // At a server of the user's own this may not be permitted.
  const auto clients = co_await as_result(here_.redis.exec("CLIENT", "LIST"));
  if (clients.has_value()) {
    connections_ = count_lines_with(clients->value().text(), " name=" + plan_.name + ' ');
  }
}

asio::awaitable<void> demonstration::claim_from_victim() {
  held_ = co_await count_held();
  const stopwatch watch;
  while (claimed_ < held_ && watch.passed() < patience) {
    co_await pause(idle_of_the_dead);
    check();
    std::string cursor = "0-0";
    do {
      claimed_ += co_await claim_page(cursor);
    } while (cursor != "0-0");
  }
  say("claimed", std::to_string(claimed_) + " of the " + std::to_string(held_) +
                     " entries that the dead member held, idle for " +
                     std::to_string(idle_of_the_dead.count()) + " ms; " + first_member +
                     " worked on them");
}

asio::awaitable<std::size_t> demonstration::count_held() {
  const reply held =
      co_await here_.redis.exec("XPENDING", plan_.name, group_name, "-", "+", 1'000, victim_name);
  co_return held.value().size();
}

asio::awaitable<std::size_t> demonstration::claim_page(std::string& cursor) {
  const reply page = co_await here_.redis.exec("XAUTOCLAIM", plan_.name, group_name, first_member,
                                               idle_of_the_dead.count(), cursor, "COUNT", 100);
  cursor = std::string(page.value()[0].text());
  command acknowledge("XACK");
  acknowledge.arg(plan_.name, group_name);
  for (const auto& each : page.value()[1]) {
    job found;
    found.id = each[0].text();
    found.category = each[1].find(plan_.category).text();
    found.amount = each[1].find(plan_.amount).text();
    done_.work_on(found, first_member);
    acknowledge.arg(found.id);
  }
  const auto claimed = page.value()[1].size();
  if (claimed > 0) co_await here_.redis.exec(std::move(acknowledge));
  co_return claimed;
}

asio::awaitable<int> demonstration::settle_account() {
  const reply length = co_await here_.redis.exec("XLEN", plan_.name);
  const reply summary = co_await here_.redis.exec("XPENDING", plan_.name, group_name);
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
  const auto line = [](const char* what, std::size_t count, const char* remark) {
    auto number = std::to_string(count);
    number.insert(0, number.size() < 8 ? 8 - number.size() : 0, ' ');
    std::string label = what;
    label.resize(24, ' ');
    print_line(label + number + remark);
  };
  line("produced", produced_, "");
  line("worked on", done_.distinct(), "");
  line("claimed after the crash", claimed_, "");
  line("acknowledged", stored - std::min(stored, pending + undelivered), "");
  line("pending", pending, "");
  line("lost", lost, "");
  line("worked on twice", twice, "  (killed between the work and its acknowledgement)");
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

asio::awaitable<void> demonstration::pause(std::chrono::milliseconds time) const {
  asio::steady_timer timer(here_.redis.get_executor(), time);
  co_await timer.async_wait(asio::use_awaitable);
}

void demonstration::start(asio::awaitable<void> part) {
  ++running_;
  asio::co_spawn(here_.redis.get_executor(), std::move(part),
                 [this](const std::exception_ptr& thrown) {
                   --running_;
                   if (thrown && !failed_) failed_ = thrown;
                 });
}

group demonstration::membership(const std::string& member, std::size_t prefetch) const {
  return group(group_name).consumer(member).stream(plan_.name).prefetch(prefetch);
}

job demonstration::job_of(const entry& record) const {
  job what;
  what.id = record.id_text();
  what.category = record.field(plan_.category);
  what.amount = record.field(plan_.amount);
  return what;
}

job demonstration::job_of(const std::string& line) const {
  const auto parsed = json::parse(line);
  job what;
  what.id = text_in(parsed, "id");
  what.category = text_in(parsed, "fields", plan_.category);
  what.amount = text_in(parsed, "fields", plan_.amount);
  return what;
}

void demonstration::check() const {
  if (here_.stop.made()) throw failure(trouble, "stopped");
  if (failed_) std::rethrow_exception(failed_);
}

}  // namespace sluice::cli
