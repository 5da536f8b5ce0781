// A command for the server: arguments in, length-prefixed bytes out.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

/// A command with its arguments, encoded as they are added. Arguments are bytes: spaces, CR, LF and
/// NUL are as good as any others; nothing is ever parsed out of them.
///
/// @code
/// sluice::command("SET").arg("greeting").arg("hello").arg("EX").arg(60)
/// @endcode
///
/// Thread rule: a value.
class command {
 public:
  /// Starts a command by its name. Commands of two words take the second as an argument:
  /// `command("XINFO").arg("STREAM")`.
  explicit command(std::string_view name);

  /// Adds an argument: bytes.
  command& arg(std::string_view bytes);
  /// Adds an argument: a number in decimal.
  template <std::integral Number>
  command& arg(Number number) {
    if constexpr (std::signed_integral<Number>) {
      return arg_signed(number);
    } else {
      return arg_unsigned(number);
    }
  }
  /// Adds several arguments.
  template <class First, class Second, class... Rest>
  command& arg(const First& first, const Second& second, const Rest&... rest) {
    arg(first).arg(second);
    (arg(rest), ...);
    return *this;
  }

  /// The deadline of this command, counted from the call; the connection's default if not set.
  command& timeout(std::chrono::milliseconds limit) { return timeout_ = limit, *this; }
  /// Says that executing it twice does no harm, so that it is sent again when the link broke before
  /// the reply came. Off by default: such a command fails with `errc::outcome_unknown`.
  command& repeatable(bool yes) { return repeatable_ = yes, *this; }

  /// The first word, upper case.
  std::string_view name() const noexcept { return name_; }
  /// How many arguments there are, the name included.
  std::size_t size() const noexcept { return count_; }
  std::chrono::milliseconds timeout() const noexcept { return timeout_; }
  bool repeatable() const noexcept { return repeatable_; }
  /// The arguments as encoded, without the array header.
  const std::string& encoded() const noexcept { return encoded_; }
  /// The whole frame as it goes over the wire.
  std::string frame() const;

 private:
  command& arg_signed(std::int64_t number);
  command& arg_unsigned(std::uint64_t number);

  std::string name_;
  std::string encoded_;
  std::size_t count_ = 0;
  std::chrono::milliseconds timeout_{-1};
  bool repeatable_ = false;
};

}  // namespace sluice
