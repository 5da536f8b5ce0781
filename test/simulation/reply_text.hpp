// RESP3 as a server writes it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::simulation {

/// A reply being written.
class reply_text {
 public:
  reply_text& simple(std::string_view text) { return line('+', text); }
  reply_text& error(std::string_view text) { return line('-', text); }
  reply_text& integer(std::int64_t number) { return line(':', std::to_string(number)); }
  reply_text& floating(double number) { return line(',', exactly(number)); }
  reply_text& null() { return line('_', {}); }
  reply_text& array(std::size_t count) { return line('*', std::to_string(count)); }
  reply_text& map(std::size_t pairs) { return line('%', std::to_string(pairs)); }
  reply_text& push(std::size_t count) { return line('>', std::to_string(count)); }
  reply_text& bulk(std::string_view bytes) {
    line('$', std::to_string(bytes.size()));
    text_.append(bytes).append("\r\n");
    return *this;
  }
  /// An entry of a stream.
  reply_text& entry(std::string_view id, const std::vector<std::string>& fields) {
    array(2).bulk(id).array(fields.size());
    for (const auto& each : fields) bulk(each);
    return *this;
  }
  reply_text& raw(std::string_view replies) {
    text_.append(replies);
    return *this;
  }

  /// A number with all its digits, as the server writes scores.
  static std::string exactly(double number) {
    std::array<char, 64> digits;
    const int length = std::snprintf(digits.data(), digits.size(), "%.17g", number);
    return std::string(digits.data(), static_cast<std::size_t>(length));
  }

  const std::string& text() const noexcept { return text_; }
  bool empty() const noexcept { return text_.empty(); }
  std::string take() { return std::exchange(text_, {}); }

 private:
  reply_text& line(char type, std::string_view rest) {
    text_.append(1, type).append(rest).append("\r\n");
    return *this;
  }

  std::string text_;
};

}  // namespace sluice::simulation
