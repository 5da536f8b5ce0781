// What lies in a mailbox.
#pragma once

#include <boost/json/value.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

/// One message of a channel.
///
/// Thread rule: a value.
class mailbox_message {
 public:
  using time_point = std::chrono::sys_time<std::chrono::microseconds>;

  /// Its number in the channel; the first one is 1. Later messages have greater ones; there may be
  /// gaps.
  std::uint64_t id() const noexcept { return id_; }
  /// When it was written, by its writer's clock; by the server's for writers of this library.
  time_point time() const noexcept { return time_; }
  /// The id of the mailbox that wrote it.
  const std::string& source() const noexcept { return source_; }
  /// What it says.
  const boost::json::value& data() const noexcept { return data_; }
  /// The same as text: a string as it is, anything else as JSON.
  std::string text() const;
  /// False when somebody has stored what is no message: `data` is then null, `text` is what lies
  /// there, and of the rest only the id is known.
  bool readable() const noexcept { return readable_; }

 private:
  friend struct mailbox_codec;

  std::uint64_t id_ = 0;
  time_point time_;
  std::string source_;
  boost::json::value data_;
  std::string raw_;
  bool readable_ = false;
};

/// What a read has brought: for each channel that had messages, those, the oldest first.
using mailbox_messages = std::map<std::string, std::vector<mailbox_message>>;

}  // namespace sluice
