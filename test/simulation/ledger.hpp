// The books of a simulated run: what was promised to whom, and whether it was kept.
#pragma once

#include "data_witness.hpp"
#include "timeline.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

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
  ledger(timeline& time, std::string group) : time_(time), group_(std::move(group)) {}

  const std::optional<std::string>& violation() const noexcept { return violation_; }
  void violate(const std::string& what);

  // Producers.

  /// The library said that the entry was added.
  void added(const std::string& payload, const std::string& stream, entry_id id);
  /// The library said that the entry was certainly not added.
  void not_added(const std::string& payload, std::string_view why);

  // Members of the group.

  void given(const holder& whom, const std::string& stream, entry_id id, std::string_view payload);
  /// It left the holder's hands. `acknowledged` when that was by an acknowledgement.
  void settled(const holder& whom, const std::string& stream, entry_id id, bool acknowledged);
  /// Some acknowledgements of a stream failed, and the program was told.
  void not_acknowledged(std::uint64_t program, const std::string& stream);
  /// The program is gone, with all that it held and had on its way.
  void ended(std::uint64_t program);

  // Independent readers.

  void read(const std::string& reader, const std::string& stream, entry_id id,
            std::string_view payload);

  // The end.

  /// An entry that is stored and has never been handed to the group.
  std::optional<std::string> undelivered() const;
  /// An entry that is stored, came after the reader's last one, and was not read.
  std::optional<std::string> unread(const std::string& reader, const std::string& stream) const;
  std::size_t entries() const noexcept { return entries_.size(); }
  std::size_t deliveries() const noexcept { return deliveries_; }

 private:
  using place = std::pair<std::string, entry_id>;
  struct record {
    std::string payload;
    bool stored = true;
    bool delivered = false;
    bool saw_loss = false;                    // of the group: buffers may hold it from before
    bool settled_by_server = false;           // acknowledged
    std::optional<std::uint64_t> settled_by;  // the program whose acknowledgement is on its way
    bool settled_late = false;                // it was still on its way when that program ended
    std::map<std::uint64_t, holder> hands;    // by incarnation
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

  record* find(const std::string& stream, entry_id id, std::string_view payload);

  timeline& time_;
  std::string group_;
  std::map<place, record> entries_;
  std::map<std::string, place, std::less<>> by_payload_;
  std::set<std::string, std::less<>> denied_;
  std::map<std::pair<std::string, std::string>, entry_id> read_up_to_;
  std::size_t deliveries_ = 0;
  std::optional<std::string> violation_;
};

}  // namespace sluice::simulation
