// One consumer: its lanes, those who wait for entries, and the turn-taking between both.
#pragma once

#include "redis/client_access.hpp"
#include "stream/lane.hpp"

#include "sluice/stream/waiting.hpp"

#include <boost/container/deque.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

class entry_wait;

/// What a consumer and a group consumer have in common. Lanes do the reading; the intake knows
/// which of them have something, and who waits.
class stream_intake : public std::enable_shared_from_this<stream_intake>, private link_observer {
 public:
  stream_intake(client redis, waiting how_long);
  virtual ~stream_intake();

  /// Begins to read; called by whoever first waits for an entry.
  void begin();
  void add(const std::shared_ptr<lane>& fresh);
  void remove(const std::string& stream);
  lane* find(const std::string& stream) const;
  template <class See>
  void for_each_lane(See&& see) const {
    for (const auto& each : lanes_) see(*each);
  }
  void close() noexcept;
  bool closed() const noexcept { return closed_; }
  waiting default_waiting() const noexcept { return waiting_; }
  const client& redis() const noexcept { return redis_; }
  connection& link() const noexcept { return client_access::link(redis_); }

  // Taking.

  /// The lane whose turn it is, or null when nothing is buffered.
  lane* ready_lane();
  /// Asks all lanes for entries on behalf of somebody who waits.
  void feed();
  void check();
  bool drained() const noexcept;
  bool has_error() const noexcept { return !errors_.empty(); }
  void throw_first_error();
  void wait(entry_wait& who) { waiters_.push_back(&who); }
  void forget(entry_wait& who) noexcept { std::erase(waiters_, &who); }
  /// Ends up to so many of the waits with an empty result; returns how many.
  std::size_t send_away(std::size_t most);
  /// How many entries those who wait would take.
  std::size_t demand() const noexcept;

  // The lanes' news.

  void on_entries(lane& from, std::size_t count);
  void on_stream_error(const error& why);
  void on_drained();

 private:
  void on_link_closed() override { wake_all(); }
  void wake_all() noexcept;

  client redis_;
  waiting waiting_;
  bool begun_ = false;
  bool closed_ = false;
  std::vector<std::shared_ptr<lane>> lanes_;
  // Boost's queues allocate nothing while they are empty, as most are in a process with thousands
  // of waiting consumers.
  boost::container::deque<lane*> ready_;
  std::size_t turn_ = 0;  // entries that the first ready lane has given in its turn
  std::vector<entry_wait*> waiters_;
  boost::container::deque<error> errors_;
};

/// A coroutine that waits for entries; lives in its frame.
class entry_wait final : public waiter, public timed {
 public:
  /// `entries` (≥ 1) is how many it would take at once.
  entry_wait(stream_intake& intake, waiting how_long, std::size_t entries);
  ~entry_wait();

  /// Joins those who wait, unless the time has passed, the consumer is closed or an error is told.
  bool must_wait();
  /// Throws what ended the wait, if it was an error.
  void check();
  std::size_t demand() const noexcept { return demand_; }
  /// Ends it without an entry, also where one comes meanwhile.
  void send_away();
  bool sent_away() const noexcept { return sent_away_; }

 private:
  void on_time() override;
  void on_cancel() noexcept override { intake_.forget(*this); }
  void on_ready() noexcept override { intake_.link().schedule_turn(); }

  stream_intake& intake_;
  waiting how_long_;
  std::size_t demand_;
  clock::time_point deadline_ = clock::time_point::max();
  bool begun_ = false;
  bool timed_out_ = false;
  bool sent_away_ = false;
};

}  // namespace sluice
