// Server-side scripts, sent once and then called by their digest.
#pragma once

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

  /// The script as it was given.
  const std::string& text() const noexcept { return text_; }
  /// 40 hexadecimal digits, as `EVALSHA` wants them.
  const std::string& digest() const noexcept { return digest_; }

 private:
  std::string text_;
  std::string digest_;
};

}  // namespace sluice
