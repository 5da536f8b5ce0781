// Waiting for a change of any of some keys.
#pragma once

#include "group/gate.hpp"
#include "redis/connection.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace sluice {

/// Stands at the doorbells of its keys. Reading a key on the server arms its bell, so the order is:
/// watch, read, and wait where nothing was found. Bells are lost with a link: a new one is news.
class box_watch final : private link_observer {
 public:
  /// What has rung.
  struct news {
    /// There is a new link, or the watch was missed: anything may have changed.
    bool all = false;
    /// How often each key has.
    std::map<std::string, std::size_t> rings;
  };

  explicit box_watch(connection& link);
  box_watch(const box_watch&) = delete;
  box_watch& operator=(const box_watch&) = delete;
  ~box_watch();

  /// Stands at these bells alone. False when it did before.
  bool watch(const std::set<std::string>& keys);
  bool has_news() const noexcept { return news_.all || !news_.rings.empty(); }
  /// What has come since it was asked for last.
  news take_news() { return std::exchange(news_, {}); }
  /// A change may have been missed: the next look is at everything. Wakes nobody.
  void distrust() noexcept { news_.all = true; }
  /// How long bells are trusted: they may be missed, or not exist for this user.
  clock::duration net();
  /// Until there is news or the time has come, or `net` is over.
  ///
  /// Throws `error` with `errc::cancelled`.
  boost::asio::awaitable<void> wait(clock::time_point limit);

 private:
  class bell final : public doorbell_listener {
   public:
    bell(box_watch& home, const std::string& key) : home_(home), key_(key) {}
    void on_ring() override { home_.ring(key_); }

   private:
    box_watch& home_;
    const std::string& key_;
  };

  void on_link_ready() override;
  // Whoever waits looks again, and is told so.
  void on_link_closed() override { distrust(); }
  void ring(const std::string& key);

  connection& link_;
  std::map<std::string, std::optional<bell>> bells_;
  gate change_;
  news news_;
};

}  // namespace sluice
