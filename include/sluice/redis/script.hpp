// Server-side scripts, sent once and then called by their digest.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace sluice {

/// A Lua script. Its text is a constant of the program: keys and values go in as such and never
/// into the text. All keys it touches must be given as keys (redis.io, "Scripting with Lua").
///
/// Thread rule: a value.
class script {
 public:
  /// Takes the text and computes its SHA-1 digest.
  explicit script(std::string_view text);

  /// The deadline of a call; the connection's default if not set.
  script& timeout(std::chrono::milliseconds limit) { return timeout_ = limit, *this; }
  /// Says that running it twice with the same arguments does no harm, so that it is sent again when
  /// the link broke before the reply came. Off by default; see `command::repeatable`.
  script& repeatable(bool yes) { return repeatable_ = yes, *this; }

  /// The script as it was given.
  const std::string& text() const noexcept { return text_; }
  /// 40 hexadecimal digits, as `EVALSHA` wants them.
  const std::string& digest() const noexcept { return digest_; }
  std::chrono::milliseconds timeout() const noexcept { return timeout_; }
  bool repeatable() const noexcept { return repeatable_; }

 private:
  std::string text_;
  std::string digest_;
  std::chrono::milliseconds timeout_{-1};
  bool repeatable_ = false;
};

}  // namespace sluice
