// Takes the entries of the dead away from them, once for the whole group.
#pragma once

#include "group/clock_watch.hpp"
#include "group/heart.hpp"
#include "group/ownership.hpp"
#include "redis/connection.hpp"

#include "sluice/redis/command.hpp"
#include "sluice/redis/reply.hpp"

#include <boost/asio/awaitable.hpp>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sluice {

class nap;

/// How a group is swept.
struct sweeper_settings {
  clock::duration claim_timeout{};
  clock::duration interval{};
  std::chrono::milliseconds mark{};          // for how long the robbed stay marked
  std::chrono::milliseconds remove_after{};  // 0 for never
};

/// One for each stream and group on a connection. Of all processes of the group one at a time
/// sweeps: whoever holds the lease key, which it renews with every sweep, so that what it has seen
/// of members over time is of use. What it takes from the dead goes into the released set, from
/// where all members help themselves.
class sweeper final : public std::enable_shared_from_this<sweeper>, private link_observer {
 public:
  /// `beats` is null where nobody beats: then only idle entries are claimed.
  static std::shared_ptr<sweeper> shared(connection& link, const group_place& at,
                                         std::shared_ptr<heart> beats,
                                         const sweeper_settings& settings);
  ~sweeper();

  /// A member on this connection: its entries are never taken away.
  void join(const std::string& member);
  void leave(const std::string& member) noexcept;
  /// Somebody has fallen silent.
  void hurry() noexcept;

 private:
  // A member that has never beaten: only the clocks can tell.
  struct sight {
    clock::time_point first;
    std::string cursor = "-";
  };
  struct pending_of {
    std::string member;
    std::int64_t entries;
  };
  struct survey {
    std::int64_t released = 0;
    std::int64_t due = 0;  // of these
    std::vector<pending_of> members;
  };

  sweeper(connection& link, group_place at, std::shared_ptr<heart> beats,
          const sweeper_settings& settings);
  static boost::asio::awaitable<void> run(std::shared_ptr<sweeper> self);
  clock::duration pause();
  boost::asio::awaitable<reply> exec(const command& what);
  boost::asio::awaitable<reply> exec(const ownership_step& what);
  void on_link_closed() override { hurry(); }

  boost::asio::awaitable<void> sweep();
  boost::asio::awaitable<std::optional<survey>> look();
  boost::asio::awaitable<void> find_lost(const survey& seen);
  boost::asio::awaitable<void> take_from_silent(const survey& seen);
  boost::asio::awaitable<void> orphan(std::string member);
  boost::asio::awaitable<void> take_idle(const survey& seen);
  boost::asio::awaitable<void> orphan_idle(std::string member);
  boost::asio::awaitable<void> remove_absent();
  bool is_here(const std::string& member) const { return members_.contains(member); }
  bool never_beat(const std::string& member) const;
  void tell_gone(const resp::value& ids) const;
  void tell_silent(const std::string& member, std::size_t entries);
  void tell_failure(const error& why);

  std::shared_ptr<connection> kept_;  // its coroutine may outlive all others
  connection& link_;
  group_place at_;
  std::shared_ptr<heart> heart_;
  sweeper_settings settings_;
  std::string token_;
  std::multiset<std::string> members_;
  std::map<std::string, sight> unheard_;
  std::string next_idle_;  // whose turn it is to be looked through
  clock_watch clock_;
  clock::time_point next_removal_{};
  nap* sleeper_ = nullptr;
  bool running_ = false;
  bool hurried_ = false;
  bool more_ = false;  // it could not do all at once
  bool told_ = false;
};

}  // namespace sluice
