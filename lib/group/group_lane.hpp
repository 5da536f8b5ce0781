// A stream read as a member of a group.
#pragma once

#include "group/acknowledger.hpp"
#include "group/burial.hpp"
#include "group/departures.hpp"
#include "group/gate.hpp"
#include "group/hands.hpp"
#include "group/isolation.hpp"
#include "group/lease_keeper.hpp"
#include "group/released_entries.hpp"
#include "stream/lane.hpp"

#include "sluice/group/delivery.hpp"
#include "sluice/group/group_consumer.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace sluice {

/// Makes the group where it is missing, reads the member's backlog, then new entries; and knows
/// what was handed out, so that a lost reply can be read again without giving anything out twice.
class group_lane final : public lane, private released_taker, private lease_holder {
 public:
  group_lane(std::string stream, std::shared_ptr<const group> membership, stream_intake& intake,
             client redis, const lane_settings& settings);

  delivery take_item();
  const group& membership() const noexcept { return *membership_; }
  std::optional<entry_id> position() const noexcept { return handed_out_; }
  connection& connection_of() const noexcept { return link(); }

  // The deliveries' side.

  /// A delivery is acknowledged; returns the batch that it leaves with.
  const std::shared_ptr<ack_batch>& settle(std::uint64_t number, std::string_view id);
  /// A delivery was destroyed unsettled. Where leases are kept it is given back, which counts as an
  /// attempt when it `failed`; else it stays pending.
  void drop(std::uint64_t number, bool failed) noexcept;
  /// A delivery is settled on the server by other means than an acknowledgement of this lane.
  void settle_quietly(std::uint64_t number, std::string_view id);
  bool lost(std::uint64_t number) const noexcept { return hands_.lost(number); }
  void when_lost(std::uint64_t number, std::function<void()> tell);
  /// What was given to `when_lost`; empty when nothing was.
  std::function<void()> loss_listener(std::uint64_t number) const;
  /// Its lease, and the time it may be worked on in all, began anew at `when`.
  void on_extended(std::uint64_t number, time_point when) noexcept;
  /// These belong to others now, as a lease holder hears it and as a taker of released entries.
  void on_lost(const std::vector<std::string>& ids) override;
  /// A step is sent that takes an entry out of this member's hands; its outcome follows, whatever
  /// becomes of whoever waits for it.
  void on_leaving(const std::string& id) { leaving_->begin(id); }
  void on_left(const std::string& id) noexcept { leaving_->end(id); }
  /// A step that would have settled entries has failed: they are pending, and in nobody's hands.
  void on_unsettled(const std::vector<std::string>& ids, ownership::attempt how);
  /// Something was given back: nobody else has to say so.
  void look_for_released();
  ownership_step burial_of(const std::string& id, const cause_of_death& why,
                           bool worked_on = true) const;
  void tell_burial(std::string_view id, std::string_view reason) const;
  group_place place() const { return {name, membership_->name()}; }
  const std::vector<std::shared_ptr<ack_batch>>& acknowledgements() const {
    return acks_.under_way();
  }

  /// Ends with the lane's reading, at `limit`, or when the wait is cancelled; without an error.
  boost::asio::awaitable<void> until_retired(time_point limit) { return retiring_.wait(limit); }

  void retire() override;
  command read_command(std::size_t count, std::chrono::milliseconds block) const override;
  bool mend(const error& why) override;
  void on_read_lost(bool apart) override;
  std::string_view member_name() const noexcept override { return membership_->consumer(); }

 private:
  // What has to be done before live reading, in this order.
  enum class stage : unsigned char { create, inspect, recreate, count, backlog, live };

  struct counted_entry {
    std::string id;
    std::int64_t deliveries = 0;
  };

  next_step preparation(std::optional<command>& what) override;
  void on_prepared(const resp::value& reply, const buffer_ref& bytes) override;
  bool tolerates(const error& why) override;
  void sift(std::vector<raw_entry>& fresh) override;
  std::string_view group_name() const noexcept override { return membership_->name(); }
  std::shared_ptr<stream_source> find_source() override;
  void on_live(bool apart) override;
  void on_called_back() override;
  void on_wanted() override;
  void on_too_late(const std::vector<raw_entry>& fresh) override;

  // released_taker
  std::size_t wants_released() const noexcept override;
  const std::string& taker_name() const noexcept override { return membership_->consumer(); }
  std::shared_ptr<void> keep_taker() override { return shared_from_this(); }
  void on_taken(const resp::value& entries, const resp::value& gone,
                const buffer_ref& bytes) override;
  void on_taking_lost() override;

  // lease_holder
  void for_each_leased(const see_entry& see) const override;
  void on_renewed(const std::vector<std::string>& ids, time_point when) override;
  void on_expired(const std::vector<std::string>& ids) override;
  void on_fit(bool fit) override { hold(hold_reason::unfit, !fit); }
  void on_unfit_for_good(const error& why) override { report(why); }
  void on_rhythm() override;
  std::shared_ptr<void> keep_holder() override { return shared_from_this(); }

  stage after_group() const noexcept;
  void keep_leases();
  void look_out_for_what_is_here();
  command create_command(std::string_view start_id) const;
  void choose_new_start(const resp::value& stream_info);
  std::size_t backlog_count() const noexcept;
  void rest_if_done() noexcept;
  void take_backlog(const resp::value& reply, const buffer_ref& bytes);
  void take_counts(const resp::value& reply);
  void count(std::vector<raw_entry>& page);
  void end_backlog();
  void isolate();
  void after_leaving(std::uint64_t number);
  void give_back(const std::vector<std::string>& ids, ownership::attempt how);
  void begin_upkeep();
  void bury_hopeless(std::vector<raw_entry>& fresh);
  void tell_upkeep(std::string_view what, const script_outcome& outcome, bool& told);
  void skip_lost_payload(std::string_view id);
  std::set<entry_id> at_hand() const;
  entry_id known_to_be_done() const;
  bool is_here(const raw_entry& again, const std::set<entry_id>& at_hand);
  bool is_leaving(std::string_view id) const;
  std::string lost_since() const;

  std::shared_ptr<const group> membership_;
  acknowledger acks_;
  hands hands_;
  std::optional<entry_id> handed_out_;
  stage stage_;
  entry_id newest_;           // of all that came since the group was last seen to be set back
  bool knows_group_ = false;  // it existed once
  bool must_create_ = false;  // it does not exist, and making it was refused
  std::string new_start_;
  bool wants_backlog_;
  std::string backlog_cursor_ = "0-0";
  // A connection that died unseen, of a namesake before or of our own, may be given entries as long
  // as its last blocking read lasts. They are pending under this name, behind this id.
  bool expects_strays_;
  std::string strays_behind_;
  bool backlog_grows_ = false;         // it may have grown behind the cursor's back
  bool taking_lost_ = false;           // the same, anywhere
  std::vector<counted_entry> counts_;  // what is read next from the backlog; without ids if unknown
  std::set<entry_id> redelivered_;
  std::set<entry_id> dropped_;  // by this process, and pending
  // While a reply may hold what was settled here in the meantime: which ones. Up to
  // `may_be_here_` a group that was made again gives out what this process has or had.
  bool watches_settled_ = false;
  std::set<entry_id> settled_meanwhile_;
  entry_id may_be_here_;
  std::shared_ptr<released_entries> released_;
  std::unique_ptr<lease_keeper> leases_;  // where they are kept
  std::map<std::uint64_t, std::function<void()>> when_lost_;
  std::map<std::string, ownership::attempt, std::less<>> unsettled_;  // to be given back
  std::shared_ptr<departures> leaving_;
  gate retiring_;
  bool hands_out_ = false;  // at this moment
  bool told_giving_back_ = false;
  bool told_burying_ = false;
  isolation isolation_;
};

}  // namespace sluice
