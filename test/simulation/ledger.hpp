// The books of a simulated run: what was promised to whom, and whether it was kept.
#pragma once

#include "data_witness.hpp"
#include "group_manners.hpp"
#include "mail_books.hpp"
#include "timeline.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::simulation {

/// Who holds an entry: a consumer object, of which a member's name may have had several.
struct holder {
  std::uint64_t program = 0;
  std::uint64_t incarnation = 0;
  std::string member;
};

/// Compares what programs were told with what truly happened at the server. The first broken
/// promise is kept and ends the run.
class ledger final : public data_witness {
 public:
  /// Whether the library has told a holder that the entry is another's now.
  using lost_test = std::function<bool()>;
  /// How an entry leaves a holder's hands.
  enum class exit : unsigned char { acknowledged, given_up, dropped, copied };

  ledger(timeline& time, std::string group) : time_(time), group_(std::move(group)) {}

  void keep_rules_of(const group_manners& manners) { manners_ = manners; }
  mail_books& mail() noexcept { return mail_; }
  const std::optional<std::string>& violation() const noexcept { return violation_; }
  void violate(const std::string& what);
  /// Where copies of entries are added: their fields are the stream and the id.
  static constexpr std::string_view copies = "copies";

  // Producers.

  /// The library said that the entry was added.
  void added(const std::string& payload, const std::string& stream, entry_id id);
  /// The library said that the entry was certainly not added.
  void not_added(const std::string& payload, std::string_view why);

  // Members of the group.

  void given(const holder& whom, const std::string& stream, entry_id id, std::string_view payload,
             lost_test lost);
  /// It is worked on once more, without having left the holder's hands.
  void kept(const holder& whom, const std::string& stream, entry_id id, lost_test lost);
  void settled(const holder& whom, const std::string& stream, entry_id id, exit how);
  /// Whether the entry has been taken from the member, or given to it anew, since this call.
  lost_test test_of_loss(const std::string& member, const std::string& stream, entry_id id);
  /// The holder is gone, and did not hear of all its acknowledgements.
  void walked_away(const holder& whom);
  /// The library said that the acknowledgement was executed.
  void confirmed(const std::string& stream, entry_id id);
  /// Some acknowledgements of a stream failed, and the program was told.
  void not_acknowledged(std::uint64_t program, const std::string& stream);
  /// The program is gone, with all that it held and had on its way.
  void ended(std::uint64_t program);
  /// A member that is not of this library has read it, or acknowledges it.
  void given_abroad(const std::string& stream, entry_id id);
  void acknowledged_abroad(const std::string& stream, entry_id id);
  /// Whether its group was lost since it was added: then it may come in any order, and again.
  bool saw_loss(const std::string& stream, entry_id id) const;

  // The world.

  /// The server's wall clock was set: idle times tell nothing for a moment.
  void clock_was_set() { clock_set_ = time_.now(); }

  // Independent readers.

  void read(const std::string& reader, const std::string& stream, entry_id id,
            std::string_view payload);

  // The end.

  /// An entry that is stored and has never been handed to the group.
  std::optional<std::string> undelivered() const;
  /// An entry that is stored and neither acknowledged nor a dead letter.
  std::optional<std::string> unfinished() const;
  /// An entry that is stored, came after the reader's last one, and was not read.
  std::optional<std::string> unread(const std::string& reader, const std::string& stream) const;
  std::size_t entries() const noexcept { return entries_.size(); }
  std::size_t deliveries() const noexcept { return deliveries_; }
  std::size_t dead() const noexcept { return dead_; }
  std::size_t taken_from_the_silent() const noexcept { return orphaned_; }

 private:
  using place = std::pair<std::string, entry_id>;
  enum class fate : unsigned char { open, acknowledged, dead };
  struct pulse {
    clock::time_point last;     // beat that the server has seen
    clock::time_point regular;  // since when none was missing
  };
  struct hand {
    holder whom;
    lost_test lost;
  };
  struct record {
    std::string payload;
    bool stored = true;
    bool delivered = false;
    bool saw_loss = false;  // of the group: buffers may hold it from before
    fate what = fate::open;
    bool may_be_acknowledged = false;  // somebody asked for it
    bool may_be_given_up = false;
    std::string copier;          // the member that adds its copy and acknowledges it, in one step
    bool copy_may_come = false;  // of a hand that it has left: the member is the same
    bool copied = false;         // the copy is there
    int changes = 0;             // of its owner
    bool came_back = false;      // out of the dead letters, perhaps before its death was told
    bool abroad = false;         // acknowledged by somebody who does not ask whose it is
    std::string owner;           // at the server; empty when it is not pending
    std::set<std::string> lost;  // members that have lost it and may not know
    clock::time_point renewed{};
    std::int64_t graves = 0;  // its dead letters
    std::int64_t hand_outs = 0;
    std::int64_t forgiven = 0;                // hand-outs that were given back as if never made
    std::optional<std::uint64_t> settled_by;  // the program whose acknowledgement is on its way
    bool settled_late = false;                // it was still on its way when that program ended
    std::map<std::uint64_t, hand> hands;      // by incarnation
  };

  // data_witness
  void on_append(const std::string& stream, entry_id id,
                 const stored_stream::field_list& fields) override;
  void on_delete(const std::string& stream, entry_id id) override;
  void on_group_gone(const std::string& stream, const std::string& group) override;
  void on_owner(const ownership_change& what) override;
  void on_acknowledged(const std::string& stream, const std::string& group, entry_id id,
                       const std::string& owner, const std::string& actor) override;
  void on_published(const std::string& channel, const std::string& text) override;
  void on_scored(const std::string& key, const std::string& member, double score) override;
  void on_unscored(const std::string& key, const std::string& member, double score) override;
  void on_flush() override;

  void bury(entry_id id, const stored_stream::field_list& fields);
  void copy(const stored_stream::field_list& fields);
  void judge_copy(const record& of, const std::string& owner, const std::string& where);
  void change_owner(record& of, const ownership_change& what);
  void judge_claim(const record& of, const ownership_change& what);
  void judge_hand_out(const record& of, const holder& whom, const std::string& where);
  record* find(const std::string& stream, entry_id id, std::string_view payload);

  timeline& time_;
  std::string group_;
  group_manners manners_;
  mail_books mail_{[this](const std::string& what) { violate(what); }};
  std::map<place, record> entries_;
  std::map<std::string, std::vector<place>, std::less<>> by_payload_;
  std::set<std::string, std::less<>> denied_;
  std::map<std::string, pulse, std::less<>> pulses_;  // by member
  std::optional<clock::time_point> clock_set_;
  std::optional<place> being_buried_;
  std::map<std::pair<std::string, std::string>, entry_id> read_up_to_;
  std::size_t deliveries_ = 0;
  std::size_t dead_ = 0;
  std::size_t orphaned_ = 0;
  std::optional<std::string> violation_;
};

}  // namespace sluice::simulation
