// What happens at the server, entered in the books, and the rules of ownership.
#include "ledger.hpp"

#include "group/burial.hpp"

#include <algorithm>

namespace sluice::simulation {
namespace {

using namespace std::chrono_literals;

std::string at(const std::string& stream, entry_id id) { return stream + ' ' + id.to_string(); }

bool is_dead_letter(const stored_stream::field_list& fields) {
  return fields.size() > 2 * burial_field::count && fields[0] == burial_field::stream;
}

}  // namespace

void ledger::on_append(const std::string& stream, entry_id id,
                       const stored_stream::field_list& fields) {
  if (mail_.owns(stream)) return mail_.on_append(stream, id, fields);
  if (is_dead_letter(fields)) return bury(id, fields);
  if (stream == copies) return copy(fields);
  const auto& payload = fields.at(1);
  time_.note("ledger", "adds " + at(stream, id) + ' ' + payload);
  auto& places = by_payload_[payload];
  // A dead letter may come back as a new entry, and that one may die again.
  const auto grave = std::find_if(places.begin(), places.end(),
                                  [this](const place& each) { return entries_[each].graves > 0; });
  if (grave != places.end()) {
    --entries_[*grave].graves;
  } else if (!places.empty()) {
    violate("added twice: " + payload);
  }
  if (denied_.contains(payload)) violate("added although it was said not to be: " + payload);
  places.emplace_back(stream, id);
  entries_[{stream, id}].payload = payload;
}

void ledger::bury(entry_id id, const stored_stream::field_list& fields) {
  const auto& stream = fields[1];
  const auto origin = *entry_id::parse(fields[3]);
  time_.note("ledger", "buries " + at(stream, origin) + " as " + id.to_string());
  ++dead_;
  auto& what = entries_[{stream, origin}];
  if (what.what == fate::dead && !what.saw_loss) violate("buried twice: " + at(stream, origin));
  const auto& payload = fields[2 * burial_field::count + 1];
  if (payload != what.payload) violate("buried with another's payload: " + at(stream, origin));
  const auto deliveries = std::stoll(fields[13]);
  const auto limit = manners_.max_deliveries > 0 ? manners_.max_deliveries : 2;
  const bool hopeless = fields[9] == "max_deliveries" && deliveries >= limit;
  if (!hopeless && !what.may_be_given_up) {
    violate("buried for '" + fields[9] + "' after " + fields[13] +
            " deliveries: " + at(stream, origin));
  }
  being_buried_ = place(stream, origin);
  ++what.graves;
}

void ledger::copy(const stored_stream::field_list& fields) {
  const auto where = fields[0] + ' ' + fields[1];
  time_.note("ledger", "copies " + where);
  auto& what = entries_[{fields[0], *entry_id::parse(fields[1])}];
  if (what.what != fate::open && !what.saw_loss) violate("copied after it was settled: " + where);
  if (what.copied && !what.saw_loss) violate("copied twice: " + where);
  what.copied = true;
}

// What goes that way is settled by the copy alone.
void ledger::judge_copy(const record& of, const std::string& owner, const std::string& where) {
  const bool may_be_late =
      of.settled_late || of.saw_loss || of.abroad || !of.stored || of.copy_may_come;
  if (of.copier == owner && !of.copied && !may_be_late) violate("settled uncopied: " + where);
  if (of.copied && of.copier != owner && !may_be_late) violate("copied, and kept: " + where);
}

void ledger::on_delete(const std::string& stream, entry_id id) {
  if (mail_.owns(stream)) return mail_.on_delete(stream, id);
  const auto found = entries_.find({stream, id});
  if (found != entries_.end()) found->second.stored = false;
}

void ledger::on_group_gone(const std::string& stream, const std::string& group) {
  if (group != group_) return;
  // Whoever makes it again may begin before what was settled or is in somebody's hands.
  for (auto& [where, each] : entries_) {
    if (where.first != stream) continue;
    each.saw_loss = true;
    ++each.changes;
    each.owner.clear();
  }
}

void ledger::on_scored(const std::string& key, const std::string& member, double score) {
  if (mail_.owns(key)) mail_.on_scored(key, member, score);
}

void ledger::on_unscored(const std::string& key, const std::string&, double score) {
  if (mail_.owns(key)) mail_.on_unscored(key, score);
}

void ledger::on_flush() { mail_.on_flush(); }

void ledger::on_published(const std::string& channel, const std::string& text) {
  if (channel != group_) return;
  const auto now = time_.now();
  auto& of = pulses_.try_emplace(text, pulse{now, now}).first->second;
  if (now - of.last >= manners_.claim_timeout / 2) of.regular = now;
  of.last = now;
}

void ledger::on_acknowledged(const std::string& stream, const std::string& group, entry_id id,
                             const std::string& owner, const std::string& actor) {
  if (group != group_) return;
  auto& what = entries_[{stream, id}];
  const bool buried = std::exchange(being_buried_, {}) == place(stream, id);
  time_.note("ledger", "settles " + at(stream, id) + " of " + owner + " by " + actor);
  if (what.stored && !what.saw_loss && !actor.empty() && actor != owner) {
    violate(actor + " settles what belongs to " + owner + ": " + at(stream, id));
  }
  const bool asked = buried || what.may_be_acknowledged || what.saw_loss || !what.stored;
  if (!asked) violate("acknowledged, though nobody asked for it: " + at(stream, id));
  if (!buried) judge_copy(what, owner, at(stream, id));
  what.what = buried ? fate::dead : fate::acknowledged;
  what.owner.clear();
}

void ledger::on_owner(const ownership_change& what) {
  if (what.group != group_) return;
  auto& of = entries_[{what.stream, what.id}];
  time_.note("ledger", at(what.stream, what.id) + ": " + what.from + " -> " + what.to + ", " +
                           std::to_string(what.deliveries) + " deliveries");
  of.forgiven += std::max<std::int64_t>(what.deliveries_before - what.deliveries, 0);
  if (what.from != what.to) change_owner(of, what);
  if (!owner::is_nobody(what.to)) of.lost.erase(what.to);
  of.owner = what.to;
  of.renewed = time_.now();
}

void ledger::change_owner(record& of, const ownership_change& what) {
  const auto where = at(what.stream, what.id);
  of.settled_by.reset();
  ++of.changes;
  if (what.from.empty()) {
    const bool comes_back = owner::is_nobody(what.to);
    if (!comes_back && of.what != fate::open && !of.saw_loss) {
      violate("read as new after it was settled: " + where);
    }
    // A dead letter that comes back begins a new life.
    if (comes_back && --of.graves < 0) violate("back without having been dead: " + where);
    of.came_back = of.came_back || comes_back;
    if (comes_back) of.hand_outs = of.forgiven = 0;
    if (comes_back) of.may_be_acknowledged = of.may_be_given_up = false;
    if (comes_back) of.hands.clear();
    of.what = fate::open;
    return;
  }
  if (what.to == owner::orphaned) {
    of.lost.insert(what.from);
    ++orphaned_;
    return judge_claim(of, what);
  }
  if (what.to == owner::released && what.actor != what.from) {
    violate(what.actor + " gives back what belongs to " + what.from + ": " + where);
  }
  if (!owner::is_nobody(what.to) && !owner::is_nobody(what.from)) {
    violate(what.to + " takes from the hands of " + what.from + ": " + where);
  }
}

// Who beats keeps what it has, whatever the clocks say; who does not, as long as it is not idle.
void ledger::judge_claim(const record& of, const ownership_change& what) {
  const auto where = what.from + " of " + at(what.stream, what.id);
  const auto beat = pulses_.find(what.from);
  if (beat != pulses_.end()) {
    // What a sweeper has seen is as old as the messages and commands on its slow link.
    const auto silence = time_.now() - beat->second.last;
    const bool regular = time_.now() - beat->second.regular >= manners_.claim_timeout + 3s;
    // A member of two beats a life has no beat to spare: neither when the server stands still, nor
    // for what slow links do to the time between two of them.
    const bool hard_to_tell = manners_.claim_timeout < 3 * manners_.heartbeat;
    const bool alive = regular && silence < manners_.claim_timeout * 3 / 4 && !hard_to_tell;
    if (alive) violate("robbed while it beats: " + where);
    return;
  }
  const bool just_set = clock_set_ && time_.now() - *clock_set_ < 2s;
  const auto idle = time_.now() - of.renewed;
  if (!just_set && idle < manners_.claim_timeout * 3 / 4) {
    violate("robbed before it was idle: " + where);
  }
}

}  // namespace sluice::simulation
