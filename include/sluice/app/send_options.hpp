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
  /// begin. It is counted by the server's clock.
  ///
  /// Throws `error` with `errc::invalid_argument`.
  send_options& within(std::chrono::milliseconds time);
  /// The groups that answer: the conversation ends when each of them has ended it.
  send_options& answered_by(std::vector<std::string> groups) {
    return groups_ = std::move(groups), *this;
  }
  /// Where it belongs in a trace: the text of a `traceparent` header (W3C Trace Context).
  send_options& traceparent(std::string text) { return trace_ = std::move(text), *this; }

  /// Messages of one key keep their order on a carrier whose topics have partitions (Kafka); other
  /// carriers keep the order of all. Default: none.
  send_options& key(std::string text) { return key_ = std::move(text), *this; }

  const std::optional<std::chrono::milliseconds>& within() const noexcept { return within_; }
  const std::vector<std::string>& answered_by() const noexcept { return groups_; }
  const std::string& traceparent() const noexcept { return trace_; }
  const std::string& key() const noexcept { return key_; }

 private:
  std::optional<std::chrono::milliseconds> within_;
  std::vector<std::string> groups_;
  std::string trace_;
  std::string key_;
};

}  // namespace sluice
