// Waiting for a change of any of some keys.
#pragma once

#include "group/gate.hpp"
#include "redis/connection.hpp"

#include <boost/asio/awaitable.hpp>

#include <set>
#include <string>

namespace sluice {

/// Stands at the doorbells of its keys. Reading a key on the server arms its bell, so the order is:
/// watch, expect, read, and wait where nothing was found. Bells are lost with a link: a new one
/// rings, too.
class box_watch final : private doorbell_listener, private link_observer {
 public:
  explicit box_watch(connection& link);
  box_watch(const box_watch&) = delete;
  box_watch& operator=(const box_watch&) = delete;
  ~box_watch();

  /// Stands at these bells alone. False when it did before.
  bool watch(std::set<std::string> keys);
  /// From here on rings count.
  void expect() noexcept { rung_ = false; }
  /// Until something rings or the time has come. A bell may be missed, or not exist for this user:
  /// it is over after a while in any case.
  ///
  /// Throws `error` with `errc::cancelled`.
  boost::asio::awaitable<void> wait(clock::time_point limit);

 private:
  clock::duration net();

  void on_ring() override { ring(); }
  void on_link_ready() override { ring(); }
  void ring();

  connection& link_;
  std::set<std::string> keys_;
  gate change_;
  bool rung_ = false;
};

}  // namespace sluice
