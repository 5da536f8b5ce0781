// Writes commands: arrays of bulk strings, the only form in which arguments are plain bytes.
#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace sluice::resp {

// Bounds on one command, checked before its first byte is written. A server refuses more arguments
// (its multibulk limit) and longer strings by closing the connection, which would take down every
// command behind this one.
inline constexpr std::size_t max_arguments = 1'048'576;
inline constexpr std::size_t max_frame = std::size_t{512} * 1024 * 1024;

// An integer as text, in its own storage: an argument without an allocation. The view lives as
// long as the number.
class number {
 public:
  template <std::integral Integer>
  requires(!std::same_as<Integer, bool> &&
           !std::same_as<Integer, char>) explicit number(Integer n) noexcept {
    const auto written = std::to_chars(digits_.data(), digits_.data() + digits_.size(), n);
    length_ = static_cast<unsigned char>(written.ptr - digits_.data());
  }

  operator std::string_view() const noexcept { return {digits_.data(), length_}; }
  std::string_view text() const noexcept { return *this; }

 private:
  std::array<char, 20> digits_;  // "-9223372036854775808"
  unsigned char length_ = 0;
};

// How many digits `n` has in decimal.
constexpr std::size_t decimal_digits(std::uint64_t n) noexcept {
  std::size_t digits = 1;
  for (; n >= 10; n /= 10) ++digits;
  return digits;
}

// The bytes of "*<arguments>\r\n".
constexpr std::size_t header_size(std::size_t arguments) noexcept {
  return decimal_digits(arguments) + 3;
}

// The bytes of one argument of `length` bytes with all around it.
constexpr std::size_t argument_size(std::size_t length) noexcept {
  return decimal_digits(length) + length + 5;
}

// Writes a command piece by piece into memory that the caller has found large enough, by
// header_size and argument_size. For hot paths that know the shape of their command; it checks
// nothing. Exactly as many arguments must follow as the header says, or the stream slips.
class encoder {
 public:
  explicit encoder(char* out) noexcept : out_(out) {}

  encoder& header(std::size_t arguments) noexcept {
    prefix('*', arguments);
    return *this;
  }
  encoder& argument(std::string_view bytes) noexcept {
    prefix('$', bytes.size());
    // An empty view may hold a null pointer, which memcpy must not see.
    if (!bytes.empty()) std::memcpy(out_, bytes.data(), bytes.size());
    out_ += bytes.size();
    line_end();
    return *this;
  }

  // Behind the last byte written.
  char* position() const noexcept { return out_; }

 private:
  void prefix(char type, std::size_t n) noexcept {
    *out_++ = type;
    if (n < 10) {
      *out_++ = static_cast<char>('0' + n);
    } else {
      out_ = std::to_chars(out_, out_ + 20, n).ptr;
    }
    line_end();
  }
  void line_end() noexcept {
    std::memcpy(out_, "\r\n", 2);
    out_ += 2;
  }

  char* out_;
};

// The bytes that `arguments` take as one command.
// Throws std::invalid_argument when there are none (a server gives no reply to an empty array, so
// every later reply would go to the wrong command), std::length_error above the bounds.
std::size_t encoded_size(std::span<const std::string_view> arguments);

// Writes the command to `out`, which has room for encoded_size(arguments), and returns the end.
// Checks nothing: encoded_size has.
char* encode(char* out, std::span<const std::string_view> arguments) noexcept;

// Appends the command, whole or, when it throws as encoded_size does or for want of memory, not at
// all.
void append(std::string& out, std::span<const std::string_view> arguments);

}  // namespace sluice::resp
