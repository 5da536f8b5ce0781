// A stream read as a member of a group.
#pragma once

#include "group/acknowledger.hpp"
#include "group/hands.hpp"
#include "stream/lane.hpp"

#include "sluice/group/delivery.hpp"
#include "sluice/group/group_consumer.hpp"

#include <memory>
#include <set>
#include <string>

namespace sluice {

/// Makes the group where it is missing, reads the member's backlog, then new entries; and knows
/// what was handed out, so that a lost reply can be read again without giving anything out twice.
class group_lane final : public lane {
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
  /// A delivery was acknowledged on the server by other means than an XACK of this lane.
  void settle_quietly(std::uint64_t number, std::string_view id);
  /// A delivery was destroyed unsettled; it stays pending.
  void drop(std::uint64_t number) noexcept;
  const std::shared_ptr<ack_batch>& newest_acknowledgement() const { return acks_.newest(); }

  command read_command(std::size_t count, std::chrono::milliseconds block) const override;
  bool mend(const error& why) override;
  void on_read_lost(bool apart) override;
  std::string_view member_name() const noexcept override { return membership_->consumer(); }

 private:
  // What has to be done before live reading, in this order.
  enum class stage : unsigned char { create, inspect, recreate, backlog, live };

  next_step preparation(std::optional<command>& what) override;
  void on_prepared(const resp::value& reply, const buffer_ref& bytes) override;
  bool tolerates(const error& why) override;
  void sift(std::vector<raw_entry>& fresh) override;
  std::string_view group_name() const noexcept override { return membership_->name(); }
  std::shared_ptr<stream_source> find_source() override;
  void on_live(bool apart) override;
  void on_called_back() override;

  stage after_group() const noexcept;
  void look_out_for_what_is_here();
  command create_command(std::string_view start_id) const;
  void choose_new_start(const resp::value& stream_info);
  void take_backlog(const resp::value& reply, const buffer_ref& bytes);
  void skip_lost_payload(std::string_view id);
  std::set<entry_id> at_hand() const;
  entry_id known_to_be_done() const;
  bool is_here(const raw_entry& again, const std::set<entry_id>& at_hand);
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
  bool backlog_grows_ = false;  // it may have grown behind the cursor's back
  std::set<entry_id> redelivered_;
  std::set<entry_id> dropped_;  // by this process, and pending
  // While a reply may hold what was settled here in the meantime: which ones. Up to
  // `may_be_here_` a group that was made again gives out what this process has or had.
  bool watches_settled_ = false;
  std::set<entry_id> settled_meanwhile_;
  entry_id may_be_here_;
};

}  // namespace sluice
