#include "group/sweeper.hpp"

#include "group/released_entries.hpp"
#include "redis/exec.hpp"
#include "redis/nap.hpp"

#include "sluice/core/result.hpp"
#include "sluice/redis/script.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

// One script should occupy the server for well below a millisecond.
constexpr std::size_t swept_at_once = 100;
// What lies in the released set and could be taken; beyond that there are no hands for more.
constexpr std::int64_t most_due = 2'000;
// Members without a beat, looked through in one sweep.
constexpr std::size_t most_idle_members = 20;

class sweepers final : public attachment {
 public:
  std::map<std::string, std::weak_ptr<sweeper>> by_key;
};

// Everybody watches the server's clock, whoever sweeps. A lease that runs for longer than leases do
// was taken before that clock was set back, by somebody who may be dead since.
const script& survey_script() {
  static const script made(R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local holder = redis.call('GET', KEYS[2])
if holder and holder ~= ARGV[2] and redis.call('PTTL', KEYS[2]) <= tonumber(ARGV[3]) then
  return {now}
end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
local pending = redis.call('XPENDING', KEYS[1], ARGV[1])
return {now, redis.call('ZCARD', KEYS[3]), redis.call('ZCOUNT', KEYS[3], '-inf', now),
        pending[4] or {}}
)lua");
  return made;
}

std::int64_t number(const resp::value& of) { return of.integer().value_or(0); }

std::string in_milliseconds(clock::duration time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

}  // namespace

std::shared_ptr<sweeper> sweeper::shared(connection& link, const group_place& at,
                                         std::shared_ptr<heart> beats,
                                         const sweeper_settings& settings) {
  auto& known = link.attached<sweepers>().by_key[at.sweeper_key()];
  auto which = known.lock();
  if (!which) {
    which.reset(new sweeper(link, at, std::move(beats), settings));
    known = which;
  }
  if (!std::exchange(which->running_, true)) {
    asio::co_spawn(link.executor(), run(which), [](const std::exception_ptr&) {});
  }
  return which;
}

sweeper::sweeper(connection& link, group_place at, std::shared_ptr<heart> beats,
                 const sweeper_settings& settings)
    : kept_(link.shared_from_this()),
      link_(link),
      at_(std::move(at)),
      heart_(std::move(beats)),
      settings_(settings),
      token_(std::to_string(link.random())) {
  link_.observe(*this);
}

sweeper::~sweeper() {
  link_.forget(*this);
  link_.attached<sweepers>().by_key.erase(at_.sweeper_key());
}

void sweeper::join(const std::string& member) { members_.insert(member); }

void sweeper::leave(const std::string& member) noexcept {
  const auto found = members_.find(member);
  if (found != members_.end()) members_.erase(found);
  if (members_.empty() && sleeper_ != nullptr) sleeper_->wake();
}

void sweeper::hurry() noexcept {
  hurried_ = true;
  if (sleeper_ != nullptr) sleeper_->wake();
}

// Members that are started together must not all come at the same moment for ever.
clock::duration sweeper::pause() {
  if (std::exchange(more_, false)) return 20ms;
  const auto share = static_cast<std::int64_t>(link_.random() % 401);
  return settings_.interval * (800 + share) / 1'000;
}

asio::awaitable<reply> sweeper::exec(const command& what) {
  auto repeatable = what;
  repeatable.repeatable(true);
  return exec_on(kept_, std::move(repeatable));
}

asio::awaitable<reply> sweeper::exec(const ownership_step& what) {
  return exec_on(kept_, *what.what, what.keys, what.arguments);
}

asio::awaitable<void> sweeper::run(std::shared_ptr<sweeper> self) {
  while (true) {
    if (!std::exchange(self->hurried_, false)) {
      nap rest(self->link_, self->pause(), &self->sleeper_);
      co_await rest.wait();
    }
    if (self->members_.empty() || self->link_.closed()) break;
    auto swept = self->sweep();
    const auto outcome = co_await as_result(std::move(swept));
    if (outcome) continue;
    if (outcome.error().code() == errc::closed) break;
    self->tell_failure(outcome.error());
  }
  self->running_ = false;
}

asio::awaitable<void> sweeper::sweep() {
  auto seen = co_await look();
  if (!seen) co_return;
  ++link_.counted().sweeps;
  co_await find_lost(*seen);
  if (seen->due > most_due) {
    more_ = true;
    co_return;
  }
  co_await take_from_silent(*seen);
  co_await take_idle(*seen);
  co_await remove_absent();
  told_ = false;
}

// What there is to do, unless somebody else does it.
asio::awaitable<std::optional<sweeper::survey>> sweeper::look() {
  const auto lease = std::min(3 * settings_.interval, settings_.claim_timeout / 2);
  ownership_step step;
  step.what = &survey_script();
  step.keys = {at_.stream, at_.sweeper_key(), at_.released_key()};
  step.arguments = {at_.group, token_, in_milliseconds(lease)};
  const auto asked = link_.now();
  reply answer = co_await exec(step);
  const std::chrono::milliseconds server_time(number(answer.value()[0]));
  if (const auto set_by = clock_.look(server_time, asked, link_.now())) {
    link_.emit(events::clock_stepped{.by = *set_by});
  }
  if (answer.value().size() == 1) co_return std::optional<survey>();
  survey seen;
  seen.released = number(answer.value()[1]);
  seen.due = number(answer.value()[2]);
  for (const auto& each : answer.value()[3]) {
    seen.members.push_back({std::string(each[0].text()), number(each[1])});
  }
  co_return std::optional<survey>(std::move(seen));
}

// Entries that are nobody's and stand in no released set: it was deleted, or evicted.
asio::awaitable<void> sweeper::find_lost(const survey& seen) {
  std::int64_t of_nobody = 0;
  for (const auto& each : seen.members) {
    if (owner::is_nobody(each.member)) of_nobody += each.entries;
  }
  if (of_nobody <= seen.released) co_return;
  for (const auto nobody : {owner::released, owner::orphaned}) {
    std::string after = "0-0";
    while (!after.empty()) {
      const auto step = ownership::find_released(at_, nobody, after, swept_at_once);
      reply last = co_await exec(step);
      after = last.value().text();
    }
  }
}

asio::awaitable<void> sweeper::take_from_silent(const survey& seen) {
  if (!heart_) co_return;
  for (const auto& each : seen.members) {
    if (owner::is_nobody(each.member) || is_here(each.member)) continue;
    if (!heart_->heard().is_silent(each.member)) continue;
    co_await orphan(each.member);
  }
}

asio::awaitable<void> sweeper::orphan(std::string member) {
  std::size_t taken = 0;
  // It may come back to life meanwhile.
  while (heart_->heard().is_silent(member)) {
    const auto step = ownership::orphan_all(at_, member, swept_at_once, settings_.mark);
    reply answer = co_await exec(step);
    const auto found = static_cast<std::size_t>(number(answer.value()[0]));
    taken += found;
    tell_gone(answer.value()[1]);
    if (found < swept_at_once) break;
    more_ = taken >= static_cast<std::size_t>(most_due);
    if (more_) break;
  }
  tell_silent(member, taken);
}

bool sweeper::never_beat(const std::string& member) const {
  return !owner::is_nobody(member) && !is_here(member) &&
         (!heart_ || !heart_->heard().has_beaten(member));
}

// Of a member that has never beaten, only the server's idle times tell whether it works. They are
// believed when this sweeper has known the member for the whole time, and the server's clock has
// not been set meanwhile.
asio::awaitable<void> sweeper::take_idle(const survey& seen) {
  const auto now = link_.now();
  std::map<std::string, sight> still;
  std::vector<std::string> ripe;
  for (const auto& each : seen.members) {
    if (!never_beat(each.member)) continue;
    const auto known = unheard_.find(each.member);
    const auto& what = still[each.member] =
        known == unheard_.end() ? sight{.first = now} : known->second;
    if (now - what.first >= settings_.claim_timeout) ripe.push_back(each.member);
  }
  unheard_ = std::move(still);
  if (!clock_.trusted(settings_.claim_timeout, now)) co_return;
  std::sort(ripe.begin(), ripe.end());
  const auto turn = std::lower_bound(ripe.begin(), ripe.end(), next_idle_);
  std::rotate(ripe.begin(), turn, ripe.end());
  next_idle_ = ripe.size() > most_idle_members ? ripe[most_idle_members] : std::string();
  ripe.resize(std::min(ripe.size(), most_idle_members));
  for (const auto& each : ripe) co_await orphan_idle(each);
}

asio::awaitable<void> sweeper::orphan_idle(std::string member) {
  const auto least = std::chrono::ceil<std::chrono::milliseconds>(settings_.claim_timeout);
  const auto cursor = unheard_[member].cursor;
  command list("XPENDING");
  list.arg(at_.stream, at_.group, cursor, "+", swept_at_once, member);
  reply page = co_await exec(list);
  std::vector<std::string> idle;
  std::string last;
  for (const auto& each : page.value()) {
    last = each[0].text();
    if (number(each[2]) >= least.count()) idle.push_back(last);
  }
  const bool whole = page.value().size() == swept_at_once;
  unheard_[member].cursor = whole ? '(' + last : std::string("-");
  link_.counted().pending_looked_at += page.value().size();
  if (idle.empty()) co_return;
  more_ = more_ || whole;
  // The clock may have been set since this sweep has looked at it.
  const auto slack = std::max<std::chrono::milliseconds>(1s, least / 2);
  const auto not_after = clock_.latest(link_.now()) + slack;
  const auto step = ownership::orphan_idle(at_, member, idle, least, not_after, settings_.mark);
  reply answer = co_await exec(step);
  tell_gone(answer.value()[1]);
  tell_silent(member, static_cast<std::size_t>(number(answer.value()[0])));
}

// Names of members that will not come back: each start under a name of its own leaves one.
asio::awaitable<void> sweeper::remove_absent() {
  const auto absence = settings_.remove_after;
  if (absence.count() == 0 || link_.now() < next_removal_) co_return;
  next_removal_ = link_.now() + std::max<clock::duration>(absence / 10, settings_.interval);
  reply consumers = co_await exec(command("XINFO").arg("CONSUMERS", at_.stream, at_.group));
  for (const auto& each : consumers.value()) {
    const std::string member(each.find("name").text());
    if (owner::is_nobody(member)) continue;
    const bool busy = number(each.find("pending")) > 0 || is_here(member);
    const bool heard =
        heart_ && heart_->heard().has_beaten(member) && !heart_->heard().is_silent(member);
    if (busy || heard || number(each.find("idle")) < absence.count()) continue;
    const auto step = ownership::reap(at_, member);
    reply removed = co_await exec(step);
    if (number(removed.value()) == 0) continue;
    if (heart_) heart_->heard().forget(member);
    if (owner::is_nobody(member)) continue;  // a name in the server's lists, and no member
    link_.emit(events::member_removed{.stream = at_.stream, .group = at_.group, .member = member});
  }
}

void sweeper::tell_gone(const resp::value& ids) const {
  for (const auto& each : ids) {
    link_.emit(events::payload_lost{.stream = at_.stream, .group = at_.group, .id = each.text()});
  }
}

void sweeper::tell_silent(const std::string& member, std::size_t entries) {
  if (entries == 0) return;
  released_entries::tell_change(link_, at_);
  link_.counted().claimed += entries;
  link_.emit(events::member_silent{
      .stream = at_.stream, .group = at_.group, .member = member, .entries = entries});
}

// A group that is not there yet, or not any more, is for others to mend.
void sweeper::tell_failure(const error& why) {
  if (why.code() == errc::no_group || why.code() == condition::retryable) return;
  if (std::exchange(told_, true)) return;
  link_.emit(events::upkeep_failed{.stream = at_.stream,
                                   .group = at_.group,
                                   .what = "sweeping",
                                   .reason = why.code(),
                                   .text = why.what()});
}

}  // namespace sluice
