// What the server answered, and how to read it.
#pragma once

#include "sluice/core/buffer_ref.hpp"
#include "sluice/core/error.hpp"
#include "sluice/resp/value.hpp"

#include <concepts>
#include <cstdint>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// A reply that owns its bytes. Views taken from it live as long as it, or a copy of it, does.
/// A server's error is never a reply: it is thrown.
///
/// Thread rule: a value; copies share the bytes.
class reply {
 public:
  /// The null reply.
  reply() noexcept = default;
  /// A view with its bytes.
  reply(resp::value value, buffer_ref bytes) noexcept : value_(value), bytes_(std::move(bytes)) {}
  /// A part of another reply, which keeps the whole's bytes.
  reply(resp::value part, const reply& whole) noexcept : value_(part), bytes_(whole.bytes_) {}

  /// The reply as it is, for aggregates of any shape.
  const resp::value& value() const noexcept { return value_; }
  /// True for the server's nil.
  bool is_null() const noexcept { return value_.is_null(); }

  /// Reads it as a `T`: `std::string`, `std::string_view`, any integer type the number fits into,
  /// `double`, `bool`, `std::optional<T>` (empty for nil), `std::vector<T>`,
  /// `std::map<std::string, T>`.
  /// Throws `error` with `errc::unexpected_reply` that says what came instead.
  template <class T>
  T as() const {
    return convert(value_, static_cast<T*>(nullptr));
  }

 private:
  [[noreturn]] static void refuse(const resp::value& value, std::string_view wanted);
  static std::string convert(const resp::value& value, std::string*);
  static std::string_view convert(const resp::value& value, std::string_view*);
  static std::int64_t convert(const resp::value& value, std::int64_t*);
  static double convert(const resp::value& value, double*);
  static bool convert(const resp::value& value, bool*);

  template <std::integral T>
  static T convert(const resp::value& value, T*) {
    const auto number = convert(value, static_cast<std::int64_t*>(nullptr));
    if (!std::in_range<T>(number)) refuse(value, "a number that fits");
    return static_cast<T>(number);
  }
  template <class T>
  static std::optional<T> convert(const resp::value& value, std::optional<T>*) {
    if (value.is_null()) return std::nullopt;
    return convert(value, static_cast<T*>(nullptr));
  }
  template <class T>
  static std::vector<T> convert(const resp::value& value, std::vector<T>*) {
    if (!value.is_aggregate()) refuse(value, "a list");
    std::vector<T> items;
    for (const auto& item : value) items.push_back(convert(item, static_cast<T*>(nullptr)));
    return items;
  }
  template <class T>
  static std::map<std::string, T> convert(const resp::value& value, std::map<std::string, T>*) {
    if (!value.is_aggregate() || value.size() % 2 != 0) refuse(value, "a map");
    std::map<std::string, T> items;
    for (auto item = value.begin(); item != value.end(); ++item) {
      auto key = convert(*item, static_cast<std::string*>(nullptr));
      ++item;
      items.insert_or_assign(std::move(key), convert(*item, static_cast<T*>(nullptr)));
    }
    return items;
  }

  resp::value value_;
  buffer_ref bytes_;
};

/// What came and how large it is, such as "bulk string of 12 bytes"; never the payload.
std::string to_string(const reply& what);

/// Writes the same. Also what test frameworks print of a `result<reply>`.
template <class Character, class Traits>
std::basic_ostream<Character, Traits>& operator<<(std::basic_ostream<Character, Traits>& out,
                                                  const reply& what) {
  return out << to_string(what).c_str();
}

}  // namespace sluice
