#include "ledger.hpp"

#include <algorithm>

namespace sluice::simulation {
namespace {

std::string at(const std::string& stream, entry_id id) { return stream + ' ' + id.to_string(); }

}  // namespace

void ledger::violate(const std::string& what) {
  time_.note("ledger", what);
  if (!violation_) violation_ = what;
}

// Producers.

void ledger::added(const std::string& payload, const std::string& stream, entry_id id) {
  const auto found = by_payload_.find(payload);
  if (found == by_payload_.end()) return violate("confirmed, but never added: " + payload);
  if (found->second.front() != place(stream, id)) {
    violate("confirmed as " + at(stream, id) + ", but added elsewhere: " + payload);
  }
}

void ledger::not_added(const std::string& payload, std::string_view why) {
  denied_.insert(payload);
  if (by_payload_.contains(payload)) {
    violate("said not to be added (" + std::string(why) + "), but it was: " + payload);
  }
}

// The group.

ledger::record* ledger::find(const std::string& stream, entry_id id, std::string_view payload) {
  const auto found = entries_.find({stream, id});
  if (found == entries_.end()) {
    violate("an entry that nobody added: " + at(stream, id));
    return nullptr;
  }
  if (found->second.payload != payload) {
    violate("the payload of another: " + at(stream, id) + " holds '" + std::string(payload) + "'");
  }
  return &found->second;
}

void ledger::given(const holder& whom, const std::string& stream, entry_id id,
                   std::string_view payload, lost_test lost) {
  ++deliveries_;
  time_.note("ledger", "gives " + at(stream, id) + " to " + whom.member + '.' +
                           std::to_string(whom.incarnation));
  auto* const what = find(stream, id, payload);
  if (what == nullptr) return;
  what->delivered = true;
  what->copy_may_come = what->copy_may_come || !what->copier.empty();
  what->copier.clear();
  ++what->hand_outs;
  const auto known = what->hands.find(whom.incarnation);
  if (known != what->hands.end() && !known->second.lost()) {
    violate("given out twice: " + at(stream, id));
  }
  // A member that was made anew finds in its backlog what its predecessor's user still holds.
  std::erase_if(what->hands, [&](const auto& each) {
    return each.second.whom.program == whom.program && each.second.whom.member == whom.member;
  });
  if (!what->saw_loss) judge_hand_out(*what, whom, at(stream, id));
  what->hands[whom.incarnation] = {whom, std::move(lost)};
}

void ledger::judge_hand_out(const record& of, const holder& whom, const std::string& where) {
  const auto most = manners_.max_deliveries;
  if (most > 0 && of.hand_outs > most + of.forgiven) {
    violate("given out " + std::to_string(of.hand_outs) + " times: " + where);
  }
  // What was taken from it, or deleted, may still be in its buffer; it learns of it when it settles
  // the entry.
  const bool may_not_know = of.lost.contains(whom.member) || of.abroad || !of.stored;
  // What its predecessor was still acknowledging may be in a member's hands, or buffer, already.
  if (of.what != fate::open && !of.settled_late && !may_not_know) {
    violate("given out after it was settled: " + where);
  }
  if (of.what == fate::open && of.owner != whom.member && !may_not_know) {
    violate("given to " + whom.member + ", but it belongs to '" + of.owner + "': " + where);
  }
  if (of.settled_by == whom.program) {
    violate("given out while its acknowledgement was on its way: " + where);
  }
  for (const auto& [incarnation, other] : of.hands) {
    if (other.whom.program == whom.program && !other.lost())
      violate("given out to two members: " + where);
  }
}

void ledger::kept(const holder& whom, const std::string& stream, entry_id id, lost_test lost) {
  entries_[{stream, id}].hands[whom.incarnation] = {whom, std::move(lost)};
}

void ledger::settled(const holder& whom, const std::string& stream, entry_id id, exit how) {
  auto& what = entries_[{stream, id}];
  what.hands.erase(whom.incarnation);
  if (how == exit::acknowledged) {
    what.may_be_acknowledged = true;
    if (what.owner == whom.member) what.settled_by = whom.program;
  }
  if (how == exit::given_up) what.may_be_given_up = true;
  if (how != exit::copied) return;
  what.may_be_acknowledged = what.may_be_given_up = true;
  what.copier = whom.member;
}

ledger::lost_test ledger::test_of_loss(const std::string& member, const std::string& stream,
                                       entry_id id) {
  const auto* const what = &entries_[{stream, id}];
  return [what, member, before = what->changes] {
    return what->changes != before || what->owner != member;
  };
}

void ledger::walked_away(const holder& whom) {
  for (auto& [where, each] : entries_) {
    if (each.settled_by != whom.program || each.owner != whom.member) continue;
    each.settled_late = each.what == fate::open;
    each.settled_by.reset();
  }
}

void ledger::confirmed(const std::string& stream, entry_id id) {
  const auto& what = entries_[{stream, id}];
  if (what.stored && what.what == fate::open && !what.saw_loss && !what.came_back) {
    violate("said to be acknowledged, but pending: " + at(stream, id));
  }
}

void ledger::not_acknowledged(std::uint64_t program, const std::string& stream) {
  for (auto& [where, each] : entries_) {
    if (where.first == stream && each.settled_by == program) each.settled_by.reset();
  }
}

void ledger::ended(std::uint64_t program) {
  for (auto& [where, each] : entries_) {
    if (each.settled_by == program) {
      each.settled_late = each.what == fate::open;
      each.settled_by.reset();
    }
    std::erase_if(each.hands,
                  [&](const auto& hand) { return hand.second.whom.program == program; });
  }
}

void ledger::given_abroad(const std::string& stream, entry_id id) {
  entries_[{stream, id}].delivered = true;
}

void ledger::acknowledged_abroad(const std::string& stream, entry_id id) {
  auto& what = entries_[{stream, id}];
  what.may_be_acknowledged = what.abroad = true;
}

bool ledger::saw_loss(const std::string& stream, entry_id id) const {
  const auto found = entries_.find({stream, id});
  return found != entries_.end() && found->second.saw_loss;
}

// Readers.

void ledger::read(const std::string& reader, const std::string& stream, entry_id id,
                  std::string_view payload) {
  time_.note("ledger", reader + " reads " + at(stream, id));
  if (find(stream, id, payload) == nullptr) return;
  auto& last = read_up_to_[{reader, stream}];
  if (id <= last) violate(reader + " read backwards or twice: " + at(stream, id));
  for (auto each = entries_.upper_bound({stream, last}); each->first != place(stream, id); ++each) {
    if (each->second.stored) violate(reader + " left out " + at(stream, each->first.second));
  }
  last = id;
}

// The end.

std::optional<std::string> ledger::undelivered() const {
  for (const auto& [where, each] : entries_) {
    if (each.stored && !each.delivered && each.what == fate::open) {
      return at(where.first, where.second);
    }
  }
  return std::nullopt;
}

std::optional<std::string> ledger::unfinished() const {
  for (const auto& [where, each] : entries_) {
    if (each.stored && each.what == fate::open && !each.saw_loss) {
      return at(where.first, where.second) + " of '" + each.owner + "'";
    }
  }
  return std::nullopt;
}

std::optional<std::string> ledger::unread(const std::string& reader,
                                          const std::string& stream) const {
  const auto known = read_up_to_.find({reader, stream});
  const auto last = known == read_up_to_.end() ? entry_id() : known->second;
  for (auto each = entries_.upper_bound({stream, last});
       each != entries_.end() && each->first.first == stream; ++each) {
    if (each->second.stored) return reader + " at " + at(stream, each->first.second);
  }
  return std::nullopt;
}

}  // namespace sluice::simulation
