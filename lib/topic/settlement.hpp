// The end of one entry: who settles it, once, and what came of it.
#pragma once

#include "topic/settle_script.hpp"
#include "topic/topic_keys.hpp"

#include "sluice/core/clock.hpp"
#include "sluice/group/delivery.hpp"
#include "sluice/redis/client.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// What all settlements of one run of a member share.
class settler {
 public:
  settler(client redis, topic_keys keys, std::chrono::seconds remember_for);

  const topic_keys& keys() const noexcept { return keys_; }
  const client& redis() const noexcept { return redis_; }

  /// What the server knows a settle by, until its answer has come: a place, and a number that no
  /// other settle has. A settle that is written down in the place of another says that nobody will
  /// ask for that one again.
  struct ticket {
    std::size_t place;
    std::uint64_t number;
  };
  ticket issue();
  void take_back(ticket what) { free_.push_back(what.place); }

  /// Sends `how`, one of the scripts that settle; gives its answer, and keeps what it has seen of
  /// the message that comes next, whose seen key is `next`, or empty.
  boost::asio::awaitable<settle_answer> settle(const script& how, const delivery& what,
                                               const std::string& topic, const uuid& id, ticket by,
                                               const std::string& next);
  /// The key that exists once the group has settled the message in an entry; empty where that is no
  /// message.
  std::string seen_key(const delivery& of) const;
  /// Whether that key existed a moment ago; empty when nobody has looked.
  std::optional<bool> foreseen(const std::string& seen_key);

 private:
  struct glimpse {
    std::string key;
    bool seen;
    clock::time_point when;
  };

  bool must_renew(clock::time_point now) const;
  void look_ahead(const std::string& seen_key, bool seen);

  client redis_;
  topic_keys keys_;
  std::chrono::seconds remember_for_;
  // Two runs of one name never take each other's settles for their own.
  std::string incarnation_;
  std::uint64_t last_number_ = 0;
  std::size_t places_ = 0;
  std::vector<std::size_t> free_;  // of these
  std::optional<clock::time_point> renewed_;
  std::optional<glimpse> next_;
};

/// Holds the delivery. It outlives its handler where settling goes on.
class settlement {
 public:
  enum class state : unsigned char { open, under_way, settled, refused };

  /// `next` is the seen key of the message that comes next, or empty.
  settlement(std::shared_ptr<settler> by, delivery what, std::string topic, std::string next);
  settlement(const settlement&) = delete;
  settlement& operator=(const settlement&) = delete;
  ~settlement() { give_ticket_back(); }

  const std::string& topic() const noexcept { return topic_; }
  const delivery& entry() const noexcept { return what_; }
  bool open() const noexcept { return state_ == state::open; }
  bool settled() const noexcept { return state_ == state::settled; }
  bool refused() const noexcept { return state_ == state::refused; }

  /// See `topic_delivery::settle`.
  static boost::asio::awaitable<void> settle(std::shared_ptr<settlement> which, uuid id);
  /// The same where a handler has not settled; what fails with what time mends may be asked again.
  static boost::asio::awaitable<void> settle_again(std::shared_ptr<settlement> which, uuid id);
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
  static boost::asio::awaitable<void> ask(std::shared_ptr<settlement> which, const script& how,
                                          uuid id);
  void conclude(settle_answer answer);
  void give_ticket_back();

  std::shared_ptr<settler> by_;
  delivery what_;
  std::string topic_;
  std::string next_;
  std::optional<settler::ticket> ticket_;  // the same however often it is tried
  state state_ = state::open;
};

}  // namespace sluice
