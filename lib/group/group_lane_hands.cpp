// What a group lane hands out, and what becomes of it.
#include "group/group_lane.hpp"

#include <algorithm>
#include <utility>

namespace sluice {

// The deliveries' side.

const std::shared_ptr<ack_batch>& group_lane::settle(std::uint64_t number, std::string_view id) {
  const bool doubtful = leases_ && leases_->is_doubtful(hands_.renewed(number));
  settle_quietly(number, id);
  const auto& batch = acks_.add(id, doubtful);
  if (leases_ && batch->size() == 1) leaving_->add(batch);
  return batch;
}

void group_lane::settle_quietly(std::uint64_t number, std::string_view id) {
  hands_.settle(number);
  if (watches_settled_ || !dropped_.empty()) {
    const auto settled = entry_id::parse(id).value_or(entry_id());
    if (watches_settled_) settled_meanwhile_.insert(settled);
    dropped_.erase(settled);
  }
  if (!when_lost_.empty()) when_lost_.erase(number);
  after_leaving(number);
}

void group_lane::after_leaving(std::uint64_t number) {
  if (retired()) return rest_if_done();
  if (!isolation_.active()) return;
  isolation_.on_left(number, hands_.empty());
  hold(hold_reason::isolation, isolation_.holds());
}

// What comes next into the buffer is handed out alone.
void group_lane::isolate() {
  isolation_.begin(!hands_.empty(), link().now());
  hold(hold_reason::isolation, isolation_.holds());
}

// While somebody works on an entry, its consumer lives: also after it was closed.
void group_lane::rest_if_done() noexcept {
  if (retired() && hands_.empty() && unsettled_.empty() && leases_) leases_->stop();
}

void group_lane::drop(std::uint64_t number, bool failed) noexcept {
  const bool lost = hands_.lost(number);
  const auto id = hands_.drop(number);
  when_lost_.erase(number);
  after_leaving(number);
  if (lost) return;
  if (!membership_->keeps_leases()) {
    dropped_.insert(id);
    return;
  }
  const bool counts = failed && !retired();
  give_back({id.to_string()},
            counts ? ownership::attempt::counted : ownership::attempt::not_counted);
}

std::function<void()> group_lane::loss_listener(std::uint64_t number) const {
  const auto found = when_lost_.find(number);
  return found == when_lost_.end() ? nullptr : found->second;
}

void group_lane::when_lost(std::uint64_t number, std::function<void()> tell) {
  when_lost_[number] = std::move(tell);
}

void group_lane::give_back(const std::vector<std::string>& ids, ownership::attempt how) {
  if (ids.empty()) return;
  acks_.send();
  const std::chrono::milliseconds at_once{0};
  const auto step = ownership::give_back(place(), membership_->consumer(), ids, at_once, how);
  for (const auto& each : ids) on_leaving(each);
  auto done = [this, alive = shared_from_this(), ids, how](const script_outcome& outcome) {
    for (const auto& each : ids) on_left(each);
    tell_upkeep("giving entries back", outcome, told_giving_back_);
    outcome.failure == nullptr ? look_for_released() : on_unsettled(ids, how);
  };
  run_script(link(), *step.what, step.keys, step.arguments, risk::repeatable, std::move(done));
}

// As long as this member beats, nobody else would take them.
void group_lane::on_unsettled(const std::vector<std::string>& ids, ownership::attempt how) {
  if (!leases_) return;
  for (const auto& each : ids) unsettled_.emplace(each, how);
}

void group_lane::on_rhythm() {
  isolation_.on_time(link().now());
  hold(hold_reason::isolation, isolation_.holds());
  std::vector<std::string> counted, not_counted;
  for (const auto& [id, how] : std::exchange(unsettled_, {})) {
    (how == ownership::attempt::counted ? counted : not_counted).push_back(id);
  }
  give_back(counted, ownership::attempt::counted);
  give_back(not_counted, ownership::attempt::not_counted);
}

// Once, until it succeeds: it is tried again and again. Each kind for itself: what cannot be buried
// is given back, which may well succeed.
void group_lane::tell_upkeep(std::string_view what, const script_outcome& outcome, bool& told) {
  const auto* const why = outcome.failure;
  if (why != nullptr && why->code() == errc::closed) return;
  const bool known = std::exchange(told, why != nullptr);
  if (why == nullptr || known) return;
  link().emit(events::upkeep_failed{.stream = name,
                                    .group = membership_->name(),
                                    .what = what,
                                    .reason = why->code(),
                                    .text = why->what()});
}

// Dead letters.

ownership_step group_lane::burial_of(const std::string& id, const cause_of_death& why,
                                     bool worked_on) const {
  return burial::bury(place(), membership_->consumer(), id, membership_->dead_letters_of(name), why,
                      membership_->keep_dead_letters(), worked_on);
}

void group_lane::tell_burial(std::string_view id, std::string_view reason) const {
  link().emit(events::dead_lettered{.stream = name,
                                    .group = membership_->name(),
                                    .id = id,
                                    .to = membership_->dead_letters_of(name),
                                    .reason = reason});
}

// Takes out entries that were delivered as often as they may be.
void group_lane::bury_hopeless(std::vector<raw_entry>& fresh) {
  const auto most = membership_->max_deliveries();
  if (most == 0) return;
  std::erase_if(fresh, [&](const raw_entry& each) {
    if (each.delivery_count < most) return false;
    const std::string id(each.id);
    const cause_of_death why{"max_deliveries", {}};
    const auto step = burial_of(id, why, false);
    on_leaving(id);
    auto done = [this, alive = shared_from_this(), id, why](const script_outcome& outcome) {
      on_left(id);
      tell_upkeep("moving an entry to the dead letters", outcome, told_burying_);
      if (outcome.failure != nullptr) return on_unsettled({id}, ownership::attempt::not_counted);
      // Else it was taken away meanwhile, and is with somebody who will see the same.
      if (burial::succeeded(*outcome.value, outcome.repeated)) tell_burial(id, why.reason);
    };
    run_script(link(), *step.what, step.keys, step.arguments, risk::repeatable, std::move(done));
    return true;
  });
}

// What was read ahead goes to the others at once, as if it had never been here.
void group_lane::retire() {
  if (retired()) return;
  std::vector<std::string> unread;
  if (membership_->keeps_leases()) {
    for_each_buffered([&](const raw_entry& each, time_point) { unread.emplace_back(each.id); });
  }
  if (released_) released_->leave(*this);
  lane::retire();
  retiring_.open();
  rest_if_done();
  give_back(unread, ownership::attempt::not_counted);
}

void group_lane::on_too_late(const std::vector<raw_entry>& fresh) {
  if (!membership_->keeps_leases()) return;
  std::vector<std::string> unread;
  for (const auto& each : fresh) unread.emplace_back(each.id);
  give_back(unread, ownership::attempt::not_counted);
}

// Leases.

// It may have been settled while the answer was under way.
void group_lane::on_extended(std::uint64_t number, time_point when) noexcept {
  if (hands_.is_open(number)) hands_.extend(number, when);
}

void group_lane::for_each_leased(const see_entry& see) const {
  hands_.for_each_lease(
      [&](const hands::lease& each) { see(each.id.to_string(), each.since, each.renewed); });
  for_each_buffered(
      [&](const raw_entry& each, time_point since) { see(each.id, link().now(), since); });
}

void group_lane::on_renewed(const std::vector<std::string>& ids, time_point when) {
  std::set<entry_id> renewed;
  for (const auto& each : ids) renewed.insert(entry_id::parse(each).value_or(entry_id()));
  std::vector<std::uint64_t> numbers;
  hands_.for_each_lease([&](const hands::lease& each) {
    if (renewed.contains(each.id)) numbers.push_back(each.number);
  });
  for (const auto number : numbers) hands_.renew(number, when);
}

void group_lane::on_lost(const std::vector<std::string>& ids) {
  std::set<entry_id> lost;
  for (const auto& each : ids) lost.insert(entry_id::parse(each).value_or(entry_id()));
  erase_buffered([&](const raw_entry& each) {
    return lost.contains(entry_id::parse(each.id).value_or(entry_id()));
  });
  std::vector<hands::lease> in_hand;
  hands_.for_each_lease([&](const hands::lease& each) {
    if (lost.contains(each.id)) in_hand.push_back(each);
  });
  for (const auto& each : in_hand) {
    hands_.lose(each.number);
    ++link().counted().leases_lost;
    link().emit(events::lease_lost{
        .stream = name, .group = membership_->name(), .id = each.id.to_string()});
  }
  for (const auto& each : in_hand) {
    const auto told = when_lost_.extract(each.number);
    if (!told.empty()) told.mapped()();
  }
}

void group_lane::on_expired(const std::vector<std::string>& ids) {
  give_back(ids, ownership::attempt::counted);
  on_lost(ids);
}

// Released entries.

void group_lane::look_for_released() {
  if (released_) released_->look();
}

void group_lane::on_wanted() {
  if (released_ && released_->due()) released_->want();
}

// Those who wait get as many as they take. While new entries keep everybody busy, one comes between
// them now and then.
std::size_t group_lane::wants_released() const noexcept {
  if (retired() || is_held() || has_ahead()) return 0;
  return std::max<std::size_t>(demand(), hands_out_ ? 1 : 0);
}

void group_lane::on_taken(const resp::value& entries, const resp::value& gone,
                          const buffer_ref& bytes) {
  for (const auto& each : gone) {
    link().emit(
        events::payload_lost{.stream = name, .group = membership_->name(), .id = each.text()});
  }
  std::vector<raw_entry> fresh;
  decode_entries(entries, fresh);
  link().counted().released += fresh.size();
  if (retired()) return on_too_late(fresh);
  // Some may have been taken from this member, which has not learned of it: they are its own again.
  const auto here = at_hand();
  std::erase_if(fresh, [&](const raw_entry& each) {
    return here.contains(entry_id::parse(each.id).value_or(entry_id())) || is_leaving(each.id);
  });
  bury_hopeless(fresh);
  if (fresh.empty()) return;
  for (const auto& each : fresh) {
    const auto id = entry_id::parse(each.id).value_or(entry_id());
    redelivered_.insert(id);
    newest_ = std::max(newest_, id);
  }
  // Where no leases are kept nobody looks whether it has waited for long enough.
  const bool suspect = membership_->keeps_leases() && entries[0][2].integer() == 1;
  if (suspect) isolate();
  buffer_ahead(fresh, bytes);
}

// They are pending under this name, anywhere among the older ones.
void group_lane::on_taking_lost() {
  taking_lost_ = stage_ == stage::backlog || stage_ == stage::count;
  on_read_lost(false);
  const bool walks = stage_ == stage::count || stage_ == stage::backlog;
  if (walks && !taking_lost_) backlog_cursor_ = "0-0";
}

delivery group_lane::take_item() {
  auto next = take();
  const auto id = entry_id::parse(next.what.id).value_or(entry_id());
  if (!handed_out_ || id > *handed_out_) handed_out_ = id;
  const bool again = !redelivered_.empty() && redelivered_.erase(id) > 0;
  const auto number = membership_->auto_acknowledge() ? 0 : hands_.give(id, next.since);
  if (isolation_.active()) {
    isolation_.on_given(number, link().now());
    hold(hold_reason::isolation, isolation_.holds());
  }
  if (released_ && released_->due()) {
    hands_out_ = true;
    released_->want();
    hands_out_ = false;
  }
  return delivery(shared_from_this(), std::move(next.bytes), next.what.id, next.what.values, number,
                  again || next.what.delivery_count > 0, next.what.delivery_count);
}

}  // namespace sluice
