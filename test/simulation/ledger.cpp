#include "ledger.hpp"

namespace sluice::simulation {
namespace {

std::string at(const std::string& stream, entry_id id) { return stream + ' ' + id.to_string(); }

}  // namespace

void ledger::violate(const std::string& what) {
  time_.note("ledger", what);
  if (!violation_) violation_ = what;
}

// The truth.

void ledger::on_append(const std::string& stream, entry_id id,
                       const stored_stream::field_list& fields) {
  const auto& payload = fields.at(1);
  time_.note("ledger", "adds " + at(stream, id) + ' ' + payload);
  if (by_payload_.contains(payload)) violate("added twice: " + payload);
  if (denied_.contains(payload)) violate("added although it was said not to be: " + payload);
  by_payload_[payload] = {stream, id};
  entries_[{stream, id}].payload = payload;
}

void ledger::on_delete(const std::string& stream, entry_id id) {
  entries_[{stream, id}].stored = false;
}

void ledger::on_group_gone(const std::string& stream, const std::string& group) {
  if (group != group_) return;
  // Whoever makes it again may begin before what was settled or is in somebody's hands.
  for (auto& [where, each] : entries_) each.saw_loss = each.saw_loss || where.first == stream;
}

void ledger::on_owner(const ownership_change&) {}

void ledger::on_published(const std::string&, const std::string&) {}

void ledger::on_acknowledged(const std::string& stream, const std::string& group, entry_id id,
                             const std::string&, const std::string&) {
  time_.note("ledger", "settles " + at(stream, id));
  if (group == group_) entries_[{stream, id}].settled_by_server = true;
}

// Producers.

void ledger::added(const std::string& payload, const std::string& stream, entry_id id) {
  const auto found = by_payload_.find(payload);
  if (found == by_payload_.end()) return violate("confirmed, but never added: " + payload);
  if (found->second != place(stream, id)) {
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
                   std::string_view payload) {
  ++deliveries_;
  time_.note("ledger", "gives " + at(stream, id) + " to " + whom.member + '.' +
                           std::to_string(whom.incarnation));
  auto* const what = find(stream, id, payload);
  if (what == nullptr) return;
  what->delivered = true;
  if (what->hands.contains(whom.incarnation)) violate("given out twice: " + at(stream, id));
  what->hands.emplace(whom.incarnation, whom);
  if (what->saw_loss) return;
  // What its predecessor was still acknowledging may be in a member's hands, or buffer, already.
  if (what->settled_by_server && !what->settled_late) {
    violate("given out after it was acknowledged: " + at(stream, id));
  }
  if (what->settled_by == whom.program) {
    violate("given out while its acknowledgement was on its way: " + at(stream, id));
  }
  for (const auto& [incarnation, other] : what->hands) {
    // A member that was made anew finds in its backlog what its predecessor's user still holds.
    if (other.program == whom.program && other.member != whom.member) {
      violate("given out to two members: " + at(stream, id));
    }
  }
}

void ledger::settled(const holder& whom, const std::string& stream, entry_id id,
                     bool acknowledged) {
  auto& what = entries_[{stream, id}];
  what.hands.erase(whom.incarnation);
  if (acknowledged) what.settled_by = whom.program;
}

void ledger::not_acknowledged(std::uint64_t program, const std::string& stream) {
  for (auto& [where, each] : entries_) {
    if (where.first == stream && each.settled_by == program) each.settled_by.reset();
  }
}

void ledger::ended(std::uint64_t program) {
  for (auto& [where, each] : entries_) {
    if (each.settled_by == program) {
      each.settled_late = !each.settled_by_server;
      each.settled_by.reset();
    }
    std::erase_if(each.hands, [&](const auto& hand) { return hand.second.program == program; });
  }
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
    if (each.stored && !each.delivered) return at(where.first, where.second);
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
