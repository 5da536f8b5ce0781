// Keeps what a member has in hand, or learns that it is lost.
#pragma once

#include "group/heart.hpp"
#include "group/ownership.hpp"
#include "group/sweeper.hpp"
#include "redis/connection.hpp"
#include "redis/script_call.hpp"

#include "sluice/core/entry_id.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

class group;

/// What a lease keeper looks after: one member's entries of one stream.
class lease_holder {
 public:
  using time_point = clock::time_point;
  using see_entry = std::function<void(std::string_view id, time_point since, time_point renewed)>;

  /// Every entry that was read or handed out and is not settled.
  virtual void for_each_leased(const see_entry& see) const = 0;
  /// The leases of these begin anew at `when`.
  virtual void on_renewed(const std::vector<std::string>& ids, time_point when) = 0;
  /// These belong to others now.
  virtual void on_lost(const std::vector<std::string>& ids) = 0;
  /// These were worked on for as long as a delivery may be.
  virtual void on_expired(const std::vector<std::string>& ids) = 0;
  /// New work may be taken, or not for now.
  virtual void on_fit(bool fit) = 0;
  /// It cannot beat: somebody has to grant the right.
  virtual void on_unfit_for_good(const error& why) = 0;
  /// What could not be done for the entries before may be tried again.
  virtual void on_rhythm() = 0;
  virtual std::shared_ptr<void> keep_holder() = 0;

 protected:
  ~lease_holder() = default;
};

/// Beats for the member, sweeps for its group, and renews what it has had for a while: the server's
/// idle time is what members that do not beat, and those of other libraries, judge by.
class lease_keeper final : private heart_bearer, private timed {
 public:
  lease_keeper(connection& link, group_place at, const group& membership, lease_holder& holder);
  ~lease_keeper();

  /// How long a member stays marked as robbed.
  static std::chrono::milliseconds mark_of(const group& membership);

  void start();
  void stop() noexcept;

  /// Whether somebody else may have claimed an entry whose lease was last renewed then.
  bool is_doubtful(clock::time_point renewed) const;

 private:
  using ids = std::vector<std::string>;

  void on_time() override;
  void on_heart_lost() override { holder_.on_fit(false); }
  void on_heart_back() override;
  void on_heart_refused(const error& why) override { holder_.on_unfit_for_good(why); }
  void on_silence() override;
  void renew_all(const ids& which, std::function<void()> done);
  void send(const ids& which, std::function<void(const script_outcome&)> done);
  void on_answer(const ids& asked, clock::time_point when, const script_outcome& what);

  connection& link_;
  group_place at_;
  const std::string member_;
  clock::duration lease_;
  clock::duration longest_;
  lease_holder& holder_;
  heart::rhythm rhythm_;
  sweeper_settings sweeping_;
  std::shared_ptr<heart> heart_;
  std::shared_ptr<sweeper> sweeper_;
  std::size_t under_way_ = 0;  // renewals
  bool told_ = false;
};

}  // namespace sluice
