#include "cli/demonstration.hpp"

#include "cli/exit_code.hpp"
#include "cli/json_entry.hpp"
#include "cli/line_source.hpp"
#include "cli/print.hpp"

#include <sluice/core/result.hpp>
#include <sluice/redis/subscription.hpp>
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
using clock = std::chrono::steady_clock;

constexpr const char* first_member = "member-1";
constexpr const char* second_member = "member-2";
constexpr const char* victim_name = "member-3";
constexpr auto patience = 10s;

std::string milliseconds(std::chrono::steady_clock::duration time) {
  return std::to_string(std::chrono::round<std::chrono::milliseconds>(time).count()) + " ms";
}

std::string rate(std::size_t entries, std::chrono::steady_clock::duration time) {
  const auto seconds = std::max(std::chrono::duration<double>(time).count(), 1e-6);
  return milliseconds(time) + ", " +
         std::to_string(std::lround(static_cast<double>(entries) / seconds)) + " a second";
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
  orders_.group = plan_.name;
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
  if (!plan_.own_server) co_await clean_up();
  if (thrown) std::rethrow_exception(thrown);
  co_return code;
}

// The stream, and what the library keeps beside it.
asio::awaitable<void> demonstration::clean_up() {
  command remove("DEL");
  remove.arg(plan_.name);
  const std::string beside = plan_.name + ":sluice:" + plan_.name + ':';
  remove.arg(beside + "released", beside + "sweeper", beside + "robbed:" + victim_name);
  co_await as_result(here_.redis.exec(std::move(remove)));
}

asio::awaitable<int> demonstration::tell() {
  say("server", plan_.server + ": " + here_.redis.server().server() + ' ' +
                    here_.redis.server().version_text());
  co_await produce();
  co_await start_victim();
  co_await share_work();
  tell_take_over();
  const int code = co_await settle_account();
  co_return code;
}

asio::awaitable<void> demonstration::produce() {
  const auto begin = clock::now();
  producer out(here_.redis);
  for (auto& each : std::exchange(plan_.records, {})) {
    co_await out.send(plan_.name, std::move(each));
    ++produced_;
    check();
  }
  co_await out.flush();
  say("produced", std::to_string(produced_) + " records: " + plan_.source + "; " +
                      rate(produced_, clock::now() - begin));
}

asio::awaitable<void> demonstration::start_victim() {
  victim_.emplace(orders_);
  start(listen_to_beats());
  start(listen_to_victim());
  // It is first at the stream, so that it holds entries however few there are.
  const auto limit = clock::now() + patience;
  while (done_.by(victim_name) < orders_.hang_after || last_beat_ == time_point()) {
    if (running_ < 2 || clock::now() > limit) {
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
  const auto begin = last_new_ = clock::now();
  acknowledged_ = orders_.hang_after - 1;  // by the victim
  start(count_connections());
  start(work(first_member));
  start(work(second_member));
  while (running_ > 0) co_await pause(1ms);
  check();
  const auto worked = done_.worked() - before - claimed_;
  say("worked", "the other two worked on " + std::to_string(worked) + " in " +
                    rate(worked, last_new_ - begin));
}

// What the dead member held comes out of the same call as everything else.
asio::awaitable<void> demonstration::work(std::string name) {
  const group what = membership(name, 20).wait(50ms);
  group_consumer member(here_.redis, what);
  while (is_work_left()) {
    auto record = co_await member.get_entry();
    check();
    if (record) {
      done_.work_on(job_of(*record), name);
      auto& seen = record->redelivered() ? last_claimed_ : last_new_;
      seen = clock::now();
      if (record->redelivered() && claimed_++ == 0) first_claimed_ = seen;
      co_await std::move(*record).ack();
      ++acknowledged_;
    }
    if (!record || done_.worked() >= produced_ / 2) kill_victim();
  }
}

bool demonstration::is_work_left() const {
  const bool waits = !victim_->killed() || clock::now() < killed_at_ + patience;
  return acknowledged_ < produced_ && waits;
}

// Whoever listens to the group's channel hears who lives.
asio::awaitable<void> demonstration::listen_to_beats() {
  const auto channel = topics().channel(plan_.name);
  subscription beats(here_.redis, channel);
  while (is_work_left() && !failed_ && !here_.stop.made()) {
    const auto beat = co_await beats.next(50ms);
    if (beat && beat->payload() == victim_name) last_beat_ = clock::now();
  }
}

void demonstration::kill_victim() {
  if (victim_->killed()) return;
  victim_->kill();
  killed_at_ = clock::now();
  start(count_held());
  say("killed", std::string(victim_name) + " (SIGKILL) when " + std::to_string(done_.worked()) +
                    " were worked on; nothing was handed back");
}

void demonstration::tell_take_over() const {
  if (claimed_ == 0) return;
  const char* const held = claimed_ == 1 ? " entry" : " entries";
  say("claimed", "the " + std::to_string(claimed_) + held + " that the dead member held, " +
                     milliseconds(first_claimed_ - last_beat_) + " after its last beat, in " +
                     milliseconds(last_claimed_ - first_claimed_));
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
  return group(plan_.name)
      .consumer(member)
      .stream(plan_.name)
      .prefetch(prefetch)
      .heartbeat(demo_heartbeat)
      .claim_timeout(demo_claim_timeout);
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
