// How mailboxes are kept on the server, and how they are read.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace sluice {

/// With which message of a channel a subscription begins.
enum class mailbox_start : unsigned char {
  earliest,  ///< The oldest one that is stored.
  current,   ///< Where this client was; as `latest` when it had not subscribed.
  latest,    ///< The first one that is written from now on.
};

/// Which keys hold channels, and in what form.
///
/// Thread rule: a value.
class mailbox_layout {
 public:
  /// How messages are stored.
  enum class form : unsigned char { native, rivulet };

  /// Streams, under keys that begin with `prefix`.
  static mailbox_layout native(std::string prefix = "sluice:box:") {
    return {form::native, std::move(prefix)};
  }
  /// Sorted sets, as Python's rivulet keeps them: clients of both may share all channels. Where
  /// somebody holds rivulet's lock of a channel, it is waited for.
  ///
  /// The names are those of the code of rivulet 0.1 (`messages:channel#c`), and `prefix` stands
  /// before each of them. rivulet itself knows no prefix: with one, channels are shared among
  /// clients of Sluice alone. The names that its README shows (`rvl:msg:c`) nobody uses, and no
  /// prefix makes them.
  static mailbox_layout rivulet(std::string prefix = "") {
    return {form::rivulet, std::move(prefix)};
  }

  /// How messages are stored.
  form kind() const noexcept { return form_; }
  /// What the names of all keys begin with.
  const std::string& prefix() const noexcept { return prefix_; }

 private:
  mailbox_layout(form kind, std::string prefix) : form_(kind), prefix_(std::move(prefix)) {}

  form form_;
  std::string prefix_;
};

/// How a mailbox reads and writes. Setters return the object.
///
/// Thread rule: a value.
class mailbox_options {
 public:
  using duration = std::chrono::milliseconds;

  /// The native layout, with rivulet's limits.
  mailbox_options() = default;

  /// The keys of the channels. All who share channels must say the same. Default `native()`.
  mailbox_options& layout(mailbox_layout where) { return layout_ = std::move(where), *this; }
  /// How many messages stay behind the slowest subscriber, for those that subscribe later, with
  /// `mailbox_start::earliest`; at times a sixteenth more. What is older goes as this mailbox reads
  /// on. Default 4,096.
  mailbox_options& buffer(std::uint64_t messages) { return buffer_ = messages, *this; }
  /// How many messages a channel holds at most after this mailbox has written to it, also when
  /// somebody has not read the older ones. 0, the default: any number.
  mailbox_options& max_length(std::uint64_t messages) { return max_length_ = messages, *this; }
  /// How old messages may become: whenever this mailbox writes to a channel, up to 100 older ones
  /// go, also unread. 0, the default: any age.
  mailbox_options& max_age(duration age) { return max_age_ = age, *this; }
  /// Whether what was read counts as such only after `mailbox::commit`: a process that dies before
  /// gets it again. Default false: it counts when `read` returns.
  mailbox_options& commit_by_hand(bool yes = true) { return by_hand_ = yes, *this; }
  /// How long somebody else's lock of a channel is waited for (rivulet's layout), > 0. Default 10
  /// s.
  mailbox_options& lock_patience(duration limit) { return patience_ = limit, *this; }

  const mailbox_layout& layout() const noexcept { return layout_; }
  std::uint64_t buffer() const noexcept { return buffer_; }
  std::uint64_t max_length() const noexcept { return max_length_; }
  duration max_age() const noexcept { return max_age_; }
  /// See `commit_by_hand`.
  bool commits_by_hand() const noexcept { return by_hand_; }
  duration lock_patience() const noexcept { return patience_; }

 private:
  mailbox_layout layout_ = mailbox_layout::native();
  std::uint64_t buffer_ = 4'096;
  std::uint64_t max_length_ = 0;
  duration max_age_{0};
  bool by_hand_ = false;
  duration patience_{10'000};
};

}  // namespace sluice
