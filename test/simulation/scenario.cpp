#include "scenario.hpp"

#include "dice.hpp"
#include "foreigner.hpp"
#include "group_manners.hpp"
#include "ledger.hpp"
#include "model_server.hpp"
#include "program.hpp"
#include "timeline.hpp"
#include "weather.hpp"

#include "group/ownership.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace sluice::simulation {
namespace {

using namespace std::chrono_literals;

// The longest way back for anything that fails in the last moment before the weather heals: the
// server still stalls, then a health check finds the dead link, the attempt that follows times out,
// and a pause and a recheck pass.
constexpr auto recovery = 90s;
constexpr auto longest_straggle = 3s;
// More than enough in fair weather, for one thing.
constexpr auto promptly = 40s;

const std::string group_name = "workers";

/// A place where programs run one after the other, mostly under the same members' names.
struct host {
  std::vector<std::string> members;
  std::vector<std::string> mailboxes;
  int generation = 0;
  std::unique_ptr<program> running;
};

class scenario {
 public:
  explicit scenario(std::uint64_t seed)
      : chance_(seed),
        kinds_(chance_.split()),
        books_(time_, group_name),
        server_(time_, chance_.split(), books_),
        streams_(some_streams()),
        weather_(time_, server_, books_, kinds_, chance_.split(), streams_, group_name) {}

  outcome run();

 private:
  std::vector<std::string> some_streams();
  void found_hosts();
  void found_mailboxes();
  void invite_foreigners();
  void rename(host& on);
  std::unique_ptr<program> new_program(const host& on, program::duty what);
  void start(host& on, program::duty what);
  void live_through_failures();
  void schedule_upheaval();
  void upheaval(host& on);
  void heal();
  void drain();
  void stay_idle();
  void part();
  void reap(host& on);

  bool live(const std::function<bool()>& done, clock::duration longest);
  void require(bool holds, const std::string& otherwise);
  void require_none(const std::optional<std::string>& found, const std::string& complaint) {
    require(!found, complaint + found.value_or(""));
  }
  void require_all_ended(const char* when);
  void check_bounds();
  std::optional<std::string> pending();
  std::optional<std::string> released();
  std::optional<std::string> forgotten_member();
  bool is_living(const std::string& member) const;
  std::optional<std::string> unread() const;
  std::uint64_t looks() const;

  dice chance_;
  climate kinds_;
  timeline time_;
  ledger books_;
  model_server server_;
  std::vector<std::string> streams_;
  weather weather_;
  group_manners manners_;
  mail_manners mail_;
  std::vector<host> hosts_;
  std::vector<std::unique_ptr<foreigner>> foreigners_;
  std::uint64_t next_number_ = 1;
  bool failing_ = true;
};

std::vector<std::string> scenario::some_streams() {
  std::vector<std::string> names;
  for (auto left = chance_.between(1, 3); left > 0; --left) {
    names.push_back("stream" + std::to_string(left));
  }
  return names;
}

outcome scenario::run() {
  const auto begin = time_.now();
  try {
    found_hosts();
    live_through_failures();
    heal();
    drain();
    if (chance_.percent(20)) stay_idle();
    part();
  } catch (const std::exception& failure) {
    books_.violate(failure.what());
  }
  if (books_.violation()) part();
  outcome result;
  result.violation = books_.violation();
  result.fingerprint = time_.fingerprint();
  result.virtual_seconds = std::chrono::duration<double>(time_.now() - begin).count();
  result.entries = books_.entries();
  result.deliveries = books_.deliveries();
  result.dead = books_.dead();
  result.mail = books_.mail().messages();
  result.claimed = books_.taken_from_the_silent();
  result.links = server_.sessions_accepted();
  result.attempts = weather_.busiest_ten_seconds();
  result.climate = kinds_.to_string();
  return result;
}

// Programs.

void scenario::found_hosts() {
  const auto count = chance_.between(1, 2);
  for (std::uint64_t i = 0; i < count; ++i) {
    auto& on = hosts_.emplace_back();
    for (auto left = chance_.between(1, 2); left > 0; --left) {
      on.members.push_back("member" + std::to_string(i) + std::to_string(left));
    }
  }
  const bool alone = hosts_.size() == 1 && hosts_[0].members.size() == 1;
  manners_ = group_manners::some(chance_, alone, kinds_.latency ? 700ms : 0ms);
  books_.keep_rules_of(manners_);
  found_mailboxes();
  for (auto& each : hosts_) start(each, program::duty::everything);
  invite_foreigners();
}

void scenario::found_mailboxes() {
  mail_ = mail_manners::some(chance_);
  books_.mail().keep_rules_of(mail_);
  if (mail_.channels.empty()) return;
  for (auto& each : hosts_) {
    const auto name = "reader" + std::to_string(&each - hosts_.data());
    each.mailboxes.push_back(name);
    if (chance_.percent(30)) each.mailboxes.push_back(name + "-again");
  }
}

// Only where leases are kept does anybody look after what they leave behind.
void scenario::invite_foreigners() {
  if (!kinds_.foreigners || !manners_.leases) return;
  const auto longest_work = chance_.percent(50) ? manners_.claim_timeout / 2 : 4s;
  foreigners_.push_back(std::make_unique<foreigner>(time_, server_, books_, group_name, streams_,
                                                    longest_work, chance_.split()));
  foreigners_.back()->begin();
}

// Whoever starts under other names leaves its entries to the group.
void scenario::rename(host& on) {
  const auto suffix = '.' + std::to_string(++on.generation);
  for (auto& each : on.members) each = each.substr(0, each.find('.')) + suffix;
}

std::unique_ptr<program> scenario::new_program(const host& on, program::duty what) {
  surroundings around{.time = time_,
                      .books = books_,
                      .outside = weather_,
                      .group = group_name,
                      .streams = streams_,
                      .members = on.members,
                      .manners = manners_,
                      .mailboxes = on.mailboxes,
                      .mail = mail_,
                      .next_number = &next_number_};
  return std::make_unique<program>(std::move(around), what, chance_.split());
}

void scenario::start(host& on, program::duty what) {
  on.running = new_program(on, what);
  on.running->start();
}

void scenario::reap(host& on) {
  books_.ended(on.running->number());
  on.running->release();
  time_.run_ready();
  on.running.reset();
}

// Failures.

void scenario::live_through_failures() {
  weather_.begin();
  schedule_upheaval();
  const auto how_long = chance_.between(clock::duration(3s), clock::duration(20s));
  live([] { return false; }, how_long);
}

void scenario::schedule_upheaval() {
  time_.after(chance_.between(clock::duration(100ms), clock::duration(8s)), [this] {
    if (!failing_) return;
    upheaval(hosts_[chance_.below(hosts_.size())]);
    schedule_upheaval();
  });
}

void scenario::upheaval(host& on) {
  if (on.running->shuts_down()) return;
  if (kinds_.crashes && chance_.percent(40)) return on.running->crash();
  if (kinds_.freezes && chance_.percent(50)) {
    const auto longest = std::max<clock::duration>(3 * manners_.claim_timeout, 2s);
    return on.running->freeze(chance_.between(clock::duration(20ms), longest));
  }
  switch (chance_.below(5)) {
    case 0:
      on.running->shut_down(true);
      break;
    case 1:
      on.running->shut_down(false);
      break;
    default:
      on.running->disturb();
      break;
  }
}

/// Lives on, starts programs anew that have ended, and looks after the bounds.
bool scenario::live(const std::function<bool()>& done, clock::duration longest) {
  const auto end = time_.now() + longest;
  for (;;) {
    const bool reached = time_.run_until(
        [&] {
          if (books_.violation() || done()) return true;
          return failing_ && std::any_of(hosts_.begin(), hosts_.end(), [](const host& each) {
                   return each.running->shuts_down() && each.running->ended();
                 });
        },
        end);
    if (books_.violation()) throw std::runtime_error(*books_.violation());
    check_bounds();
    if (!reached) return false;
    if (done()) return true;
    for (auto& each : hosts_) {
      if (!each.running->shuts_down() || !each.running->ended()) continue;
      reap(each);
      if (manners_.leases && chance_.percent(50)) rename(each);
      start(each, program::duty::everything);
    }
  }
}

// Fair weather.

void scenario::heal() {
  failing_ = false;
  weather_.heal();
  for (auto& each : foreigners_) each->die();
  for (auto& each : hosts_) {
    each.running->calm();
    each.running->thaw();
  }
  // Those who were told to end must come to it, and the others' work must get done. A member's name
  // that has no consumer any more keeps what it was given until the next program.
  const bool all_live = std::none_of(hosts_.begin(), hosts_.end(),
                                     [](const host& each) { return each.running->shuts_down(); });
  // Where no leases are kept, one that could not be buried waits for the member's next start.
  const bool may_wait = !manners_.leases && manners_.max_deliveries > 0 && kinds_.moods;
  const bool none_is_lost = all_live && !kinds_.stragglers && !may_wait;
  const auto all_given = [&] {
    return !books_.undelivered() && !unread() && !books_.mail().unread();
  };
  live([&] { return none_is_lost && all_given(); }, recovery);
  if (none_is_lost) {
    require_none(books_.undelivered(), "never delivered, though all members live: ");
    require_none(unread(), "never read: ");
    require_none(books_.mail().unread(), "mail that was never read: ");
  }
  for (auto& each : hosts_) each.running->shut_down(chance_.percent(70));
  require_all_ended("the weather healed");
}

void scenario::drain() {
  // A stall that began before the weather healed is the last trouble there is, and so is a read
  // that a closed link had on its way: it takes entries that nobody hears of until the next program
  // looks through the backlog. No client can know; it takes a sweeper to find them sooner.
  live([this] { return !server_.stalls(); }, recovery);
  live([] { return false; }, longest_straggle);
  for (auto& each : hosts_) {
    reap(each);
    if (manners_.leases && chance_.percent(50)) rename(each);
    start(each, program::duty::drain);
  }
  live([] { return false; }, 5s);
  const auto all_done = [&] {
    return !books_.undelivered() && !books_.unfinished() && !pending() && !released() &&
           !unread() && !forgotten_member() && !books_.mail().uncommitted();
  };
  live(all_done, promptly);
  require_none(books_.undelivered(), "never delivered: ");
  require_none(books_.unfinished(), "forgotten: ");
  require_none(pending(), "left pending: ");
  require_none(released(), "left in the released set: ");
  require_none(unread(), "never read in fair weather: ");
  require_none(forgotten_member(), "a member that is gone, but not from the group: ");
  require_none(books_.mail().unread(), "mail that was never read in fair weather: ");
  require_none(books_.mail().uncommitted(), "mail that was never committed: ");
  require_none(books_.mail().overfull(), "mail that is kept for nobody: ");
}

// With nothing to do, only rechecks and health checks may go over the wire.
void scenario::stay_idle() {
  const auto before = looks();
  constexpr auto rest = 20s;
  live([] { return false; }, rest);
  std::size_t lanes = 0;
  for (const auto& each : hosts_) {
    lanes += (each.members.size() + each.running->reads()) * streams_.size();
  }
  // A look a second is the most that recheck_interval allows, blocking reads need one in two, and
  // polls, the busiest, ten.
  const auto bound = lanes * 15 * static_cast<std::size_t>(rest.count());
  const auto seen = looks() - before;
  require(seen <= bound, "busy while idle: " + std::to_string(seen) + " reads, at most " +
                             std::to_string(bound) + " are needed");
}

// The end: everything is given back, in whatever order it is destroyed.
void scenario::part() {
  const bool context_first = chance_.percent(30);
  const bool orderly = !books_.violation() && chance_.percent(50);
  if (orderly) {
    for (auto& each : hosts_) each.running->shut_down(chance_.percent(50));
    require_all_ended("the end came");
  }
  if (context_first) {
    time_.forget_acts();
    time_.end_context();
    for (auto& each : hosts_) each.running->release();
  } else {
    for (auto& each : hosts_) each.running->release();
    time_.run_ready();
    time_.forget_acts();
    time_.end_context();
  }
  foreigners_.clear();
  hosts_.clear();
  if (weather_.living_wires() != 0) books_.violate("a wire outlived its client");
  if (time_.time()->alarms() != 0) books_.violate("an alarm outlived its client");
}

// Checks.

void scenario::require(bool holds, const std::string& otherwise) {
  if (holds) return;
  books_.violate(otherwise);
  throw std::runtime_error(otherwise);
}

void scenario::require_all_ended(const char* when) {
  const auto ended = [&] {
    return std::all_of(hosts_.begin(), hosts_.end(),
                       [](const host& each) { return each.running->ended(); });
  };
  if (live(ended, promptly)) return;
  std::string hanging;
  for (const auto& each : hosts_) {
    for (const auto& [number, what] : each.running->under_way()) hanging += what.what + "; ";
  }
  require(false, std::string("hangs after ") + when + ": " + hanging);
}

void scenario::check_bounds() {
  // Members' reads, acknowledgements, leases and health checks do not stand in line for room.
  constexpr std::size_t of_the_library = 512;
  for (const auto& each : hosts_) {
    const auto bound = each.running->in_flight_bound() + of_the_library;
    require(each.running->snapshot().in_flight <= bound, "more in flight than allowed");
  }
  require(weather_.busiest_ten_seconds() <= 150, "reconnects without a pause");
}

std::optional<std::string> scenario::pending() {
  for (const auto& [key, each] : server_.data().streams) {
    for (const auto& [name, group] : each.groups) {
      if (group.pending.empty()) continue;
      const auto& [id, first] = *group.pending.begin();
      return key + ' ' + id.to_string() + " of " + first.consumer;
    }
  }
  return std::nullopt;
}

std::optional<std::string> scenario::released() {
  for (const auto& [key, each] : server_.data().sets) {
    if (!books_.mail().owns(key) && !each.members().empty())
      return key + ' ' + each.members().begin()->second;
  }
  return std::nullopt;
}

bool scenario::is_living(const std::string& member) const {
  return owner::is_nobody(member) ||
         std::any_of(hosts_.begin(), hosts_.end(), [&](const host& each) {
           return std::find(each.members.begin(), each.members.end(), member) != each.members.end();
         });
}

// Of those that are removed within the time of a run.
std::optional<std::string> scenario::forgotten_member() {
  if (!manners_.leases || manners_.remove_after > promptly / 4) return std::nullopt;
  for (const auto& [key, each] : server_.data().streams) {
    const auto group = each.groups.find(group_name);
    if (group == each.groups.end()) continue;
    for (const auto& [name, seen] : group->second.consumers) {
      if (!is_living(name)) return name + " of " + key;
    }
  }
  return std::nullopt;
}

std::optional<std::string> scenario::unread() const {
  for (const auto& each : hosts_) {
    if (!each.running->reads()) continue;
    for (const auto& stream : streams_) {
      if (auto first = books_.unread(each.running->name(), stream)) return first;
    }
  }
  return std::nullopt;
}

std::uint64_t scenario::looks() const {
  std::uint64_t count = 0;
  for (const auto* const name : {"XREAD", "XREADGROUP", "XLEN"}) {
    const auto found = server_.executed().find(name);
    if (found != server_.executed().end()) count += found->second;
  }
  return count;
}

}  // namespace

outcome run_seed(std::uint64_t seed) { return scenario(seed).run(); }

}  // namespace sluice::simulation
