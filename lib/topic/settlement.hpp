// The end of one entry: who settles it, once, and what came of it.
#pragma once

#include "topic/topic_keys.hpp"

#include "sluice/group/delivery.hpp"
#include "sluice/redis/client.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sluice {

/// What all settlements of one run of a member share.
class settler {
 public:
  settler(client redis, topic_keys keys, std::chrono::seconds remember_for);

  const topic_keys& keys() const noexcept { return keys_; }
  const client& redis() const noexcept { return redis_; }
  std::uint64_t next_number() noexcept { return ++last_number_; }
  /// Sends the script; gives its answer.
  boost::asio::awaitable<int> settle(const delivery& what, const std::string& topic, const uuid& id,
                                     std::uint64_t number);

 private:
  client redis_;
  topic_keys keys_;
  std::chrono::seconds remember_for_;
  // Two runs of one name never take each other's settles for their own.
  std::string incarnation_;
  std::uint64_t last_number_ = 0;
  std::vector<std::uint64_t> answered_;  // which the server remembers without need
};

/// Holds the delivery. It outlives its handler where settling goes on.
class settlement {
 public:
  enum class state : unsigned char { open, under_way, settled, refused };

  settlement(std::shared_ptr<settler> by, delivery what, std::string topic);

  const std::string& topic() const noexcept { return topic_; }
  const delivery& entry() const noexcept { return what_; }
  bool open() const noexcept { return state_ == state::open; }
  bool settled() const noexcept { return state_ == state::settled; }
  bool refused() const noexcept { return state_ == state::refused; }

  /// See `topic_delivery::settle`.
  static boost::asio::awaitable<void> settle(std::shared_ptr<settlement> which, uuid id);
  /// Acknowledges the entry without its message being remembered; nothing where that is done.
  static boost::asio::awaitable<void> dismiss(std::shared_ptr<settlement> which);
  /// Gives the entry back, to be tried again, here or elsewhere, after a while.
  static boost::asio::awaitable<void> give_back(std::shared_ptr<settlement> which,
                                                std::chrono::milliseconds delay);
  /// Moves the entry to the dead letters.
  static boost::asio::awaitable<void> bury(std::shared_ptr<settlement> which, std::string reason,
                                           std::string error_text);
  /// Leaves the entry pending under the member's name: nobody gets it before that one starts again.
  void leave();

 private:
  static boost::asio::awaitable<void> ask(std::shared_ptr<settlement> which, uuid id);
  void conclude(int answer);

  std::shared_ptr<settler> by_;
  delivery what_;
  std::string topic_;
  std::uint64_t number_;  // the same however often it is tried
  state state_ = state::open;
};

}  // namespace sluice
