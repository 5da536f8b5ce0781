// As whom topics are consumed, and how.
#pragma once

#include "sluice/group/retry_policy.hpp"
#include "sluice/stream/waiting.hpp"

#include <boost/json/fwd.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

namespace sluice {

/// Says whether a topic accepts data; see `topic_consumer::check`.
using payload_check = std::function<bool(const boost::json::value&)>;

/// What to do with an entry that is no message, or not one that its topic accepts.
enum class unfit : unsigned char {
  stop,         ///< `malformed_message` goes to the error handlers; without one it ends `run()`.
  acknowledge,  ///< It is acknowledged, so that nobody meets it again.
  skip,         ///< It stays pending, for a person to look at, until the member starts again.
  dead_letter,  ///< It is moved to the dead letters of its stream; see `dead_letters`.
};

/// A membership in a group that consumes topics. Setters return the object.
///
/// @code
/// sluice::topic_group("billing").consumer("billing-1")
/// @endcode
///
/// Thread rule: a value.
class topic_group {
 public:
  /// A member of the group of this name, which is made where it is missing and begins with the
  /// oldest message of each topic.
  explicit topic_group(std::string group) : group_(std::move(group)) {}

  /// The member's name, unique among the living members. A restart under the same name first gets
  /// what was pending under it. Default: host name, process id and a random part.
  topic_group& consumer(std::string name) { return consumer_ = std::move(name), *this; }
  /// What all keys begin with. Default "telstar:".
  topic_group& prefix(std::string text) { return prefix_ = std::move(text), *this; }
  /// How long the group remembers that it has settled a message, counted from the last time that it
  /// met it; at least a second. Default 14 days.
  topic_group& remember_for(std::chrono::seconds time) { return remember_for_ = time, *this; }
  /// How many entries of a topic are fetched at a time, 1 to 100. Other members may claim what
  /// waits here for long (telstar's do after 20 s), so slow handlers want few. Default 10.
  topic_group& read_ahead(std::size_t entries) { return read_ahead_ = entries, *this; }
  /// What to do with entries that are no messages, or refused by a check. Default `unfit::stop`.
  topic_group& on_unfit(unfit what) { return on_unfit_ = what, *this; }
  /// Beats, and claims the entries of members that fall silent; see `group::heartbeat`. Members of
  /// telstar do not beat: theirs are claimed when they have been idle. Default off.
  topic_group& heartbeat(std::chrono::milliseconds every) { return heartbeat_ = every, *this; }
  /// After which silence; see `group::claim_timeout`.
  topic_group& claim_timeout(std::chrono::milliseconds silence) {
    return claim_timeout_ = silence, *this;
  }
  /// When and how often an entry is tried again for which an error handler answers
  /// `verdict::retry`; then it becomes a dead letter. Default: exponential from 1 s to 5 min, five
  /// attempts.
  topic_group& retry(retry_policy policy) { return retry_ = std::move(policy), *this; }
  /// What wakes a waiting member. Default `wake::automatic`.
  topic_group& wake_by(wake how) { return wake_ = how, *this; }

  /// The group's name.
  const std::string& group() const noexcept { return group_; }
  const std::string& consumer() const noexcept { return consumer_; }
  const std::string& prefix() const noexcept { return prefix_; }
  std::chrono::seconds remember_for() const noexcept { return remember_for_; }
  std::size_t read_ahead() const noexcept { return read_ahead_; }
  unfit on_unfit() const noexcept { return on_unfit_; }
  std::chrono::milliseconds heartbeat() const noexcept { return heartbeat_; }
  std::chrono::milliseconds claim_timeout() const noexcept { return claim_timeout_; }
  const retry_policy& retry() const noexcept { return retry_; }
  wake wake_by() const noexcept { return wake_; }

 private:
  std::string group_;
  std::string consumer_;
  std::string prefix_ = "telstar:";
  std::chrono::seconds remember_for_ = std::chrono::hours(14 * 24);
  std::size_t read_ahead_ = 10;
  unfit on_unfit_ = unfit::stop;
  std::chrono::milliseconds heartbeat_{0};
  std::chrono::milliseconds claim_timeout_{0};
  retry_policy retry_ = retry_policy::exponential(std::chrono::seconds(1), std::chrono::minutes(5));
  wake wake_ = wake::automatic;
};

}  // namespace sluice
