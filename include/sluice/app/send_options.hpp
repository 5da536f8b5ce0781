// How a message is sent.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

/// How a message is sent. Setters return the object.
///
/// Thread rule: a value.
class send_options {
 public:
  /// Without a deadline; the first group that ends the conversation ends it.
  send_options() = default;

  /// After this time, > 0, nobody waits for an answer any more: listeners are cancelled, and do not
  /// begin. It is counted by the server's clock, of a delayed message from when it is due.
  ///
  /// Throws `error` with `errc::invalid_argument`.
  send_options& within(std::chrono::milliseconds time);
  /// Nobody waits for answers: none is sent.
  send_options& one_way() { return one_way_ = true, *this; }
  /// The groups that answer: the conversation ends when each of them has ended it.
  send_options& answered_by(std::vector<std::string> groups) {
    return groups_ = std::move(groups), *this;
  }
  /// Whether other processes can go on with the conversation, by `app::continue_lane`: its answers
  /// come by a list of their own then, which expires 300 s after the last one. Always so where an
  /// app's answers come by lists. Default false.
  send_options& resumable(bool yes) { return resumable_ = yes, *this; }
  /// Delivers it that much later, > 0. Until then it is kept on the server, by whose clock the time
  /// is counted; any process in which an app runs there sends it, in the order of these times. It
  /// may be taken back: `feedback_lane::cancel_delivery`, `app::cancel_scheduled`. Of `after` and
  /// `at` the one that was set last counts.
  ///
  /// Throws `error` with `errc::invalid_argument`.
  send_options& after(std::chrono::milliseconds time);
  /// Delivers it at a time of the server's clock; at once where that has passed.
  send_options& at(std::chrono::system_clock::time_point time);
  /// Where it belongs in a trace: the text of a `traceparent` header (W3C Trace Context).
  send_options& traceparent(std::string text) { return trace_ = std::move(text), *this; }

  /// Messages of one key keep their order on a carrier whose topics have partitions (Kafka); other
  /// carriers keep the order of all. Default: none.
  send_options& key(std::string text) { return key_ = std::move(text), *this; }

  const std::optional<std::chrono::milliseconds>& within() const noexcept { return within_; }
  /// Whether answers are unwanted.
  bool is_one_way() const noexcept { return one_way_; }
  const std::optional<std::chrono::milliseconds>& after() const noexcept { return after_; }
  const std::optional<std::chrono::system_clock::time_point>& at() const noexcept { return at_; }
  const std::vector<std::string>& answered_by() const noexcept { return groups_; }
  bool resumable() const noexcept { return resumable_; }
  const std::string& traceparent() const noexcept { return trace_; }
  const std::string& key() const noexcept { return key_; }

 private:
  std::optional<std::chrono::milliseconds> within_;
  bool one_way_ = false;
  std::optional<std::chrono::milliseconds> after_;
  std::optional<std::chrono::system_clock::time_point> at_;
  std::vector<std::string> groups_;
  bool resumable_ = false;
  std::string trace_;
  std::string key_;
};

}  // namespace sluice
