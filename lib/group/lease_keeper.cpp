#include "group/lease_keeper.hpp"

#include "sluice/group/group_consumer.hpp"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

using namespace std::chrono_literals;

// One script should occupy the server for well below a millisecond.
constexpr std::size_t renewed_at_once = 100;

// A lease is renewed when a sixth of it is over, and looked after as often: it is never older than
// a third, so that one lost renewal does no harm.
constexpr int share = 6;

clock::duration sweep_interval(const group& membership) {
  if (membership.heartbeat().count() > 0) return membership.heartbeat();
  return std::clamp<clock::duration>(membership.claim_timeout() / 4, 50ms, 5s);
}

}  // namespace

lease_keeper::lease_keeper(connection& link, group_place at, const group& membership,
                           lease_holder& holder)
    : link_(link),
      at_(std::move(at)),
      member_(membership.consumer()),
      lease_(membership.claim_timeout()),
      longest_(membership.max_lease()),
      holder_(holder),
      rhythm_{.interval = membership.heartbeat(), .silence = membership.claim_timeout()},
      sweeping_{.claim_timeout = membership.claim_timeout(),
                .interval = sweep_interval(membership),
                .mark = mark_of(membership),
                .remove_after = membership.remove_members_after()} {}

lease_keeper::~lease_keeper() { stop(); }

// Whoever was robbed notices before its longest lease is over. But what it had acknowledged before
// may be on its way for as long as its link is down.
std::chrono::milliseconds lease_keeper::mark_of(const group& membership) {
  return std::max<std::chrono::milliseconds>(2 * membership.max_lease(), 2h);
}

void lease_keeper::start() {
  if (sweeper_) return;
  if (rhythm_.interval.count() > 0) {
    heart_ = heart::shared(link_, at_.group, rhythm_);
    heart_->join(member_, *this);
  }
  sweeper_ = sweeper::shared(link_, at_, heart_, sweeping_);
  sweeper_->join(member_);
  link_.set_timer(*this, link_.now() + lease_ / share);
}

void lease_keeper::stop() noexcept {
  link_.cancel_timer(*this);
  if (heart_) heart_->leave(member_, *this);
  if (sweeper_) sweeper_->leave(member_);
  heart_.reset();
  sweeper_.reset();
}

bool lease_keeper::is_doubtful(clock::time_point renewed) const {
  return link_.now() - renewed >= lease_ / 2;
}

void lease_keeper::on_silence() { sweeper_->hurry(); }

// Others may have believed it dead, so that it has to ask for everything before it goes on.
void lease_keeper::on_heart_back() {
  ids all;
  holder_.for_each_leased(
      [&all](std::string_view id, clock::time_point, clock::time_point) { all.emplace_back(id); });
  renew_all(all, [this, alive = holder_.keep_holder()] {
    if (heart_ && heart_->beats(member_)) holder_.on_fit(true);
  });
}

void lease_keeper::on_time() {
  const auto now = link_.now();
  link_.set_timer(*this, now + lease_ / share);
  ids expired, old;
  holder_.for_each_leased(
      [&](std::string_view id, clock::time_point since, clock::time_point renewed) {
        if (now - since >= longest_) {
          expired.emplace_back(id);
        } else if (now - renewed >= lease_ / share) {
          old.emplace_back(id);
        }
      });
  if (!expired.empty()) holder_.on_expired(expired);
  // While the server does not answer, one question is enough.
  if (under_way_ == 0) renew_all(old, nullptr);
  holder_.on_rhythm();
}

void lease_keeper::renew_all(const ids& which, std::function<void()> done) {
  for (std::size_t first = 0; first < which.size() || done; first += renewed_at_once) {
    const auto end = std::min(first + renewed_at_once, which.size());
    ids page;
    if (first < end) {
      page.assign(which.begin() + static_cast<std::ptrdiff_t>(first),
                  which.begin() + static_cast<std::ptrdiff_t>(end));
    }
    const bool last = end == which.size();
    const auto when = link_.now();
    ++under_way_;
    send(page, [this, page, when, last, done](const script_outcome& what) {
      --under_way_;
      on_answer(page, when, what);
      if (last && done) done();
    });
    if (last) return;
  }
}

void lease_keeper::send(const ids& which, std::function<void(const script_outcome&)> done) {
  const auto step = ownership::renew(at_, member_, which);
  auto told = [alive = holder_.keep_holder(), done = std::move(done)](const script_outcome& what) {
    done(what);
  };
  run_script(link_, *step.what, step.keys, step.arguments, risk::repeatable, std::move(told));
}

void lease_keeper::on_answer(const ids& asked, clock::time_point when, const script_outcome& what) {
  if (what.failure != nullptr) {
    const auto& why = *what.failure;
    if (why.code() == errc::closed || why.code() == condition::retryable) return;
    if (std::exchange(told_, true)) return;
    link_.emit(events::upkeep_failed{.stream = at_.stream,
                                     .group = at_.group,
                                     .what = "renewing leases",
                                     .reason = why.code(),
                                     .text = why.what()});
    return;
  }
  told_ = false;
  ids lost, held = asked;
  for (const auto& each : *what.value) lost.emplace_back(each.text());
  std::erase_if(held, [&lost](const std::string& id) {
    return std::find(lost.begin(), lost.end(), id) != lost.end();
  });
  link_.counted().leases_renewed += held.size();
  holder_.on_renewed(held, when);
  if (!lost.empty()) holder_.on_lost(lost);
}

}  // namespace sluice
