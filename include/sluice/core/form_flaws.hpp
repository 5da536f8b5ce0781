// What is wrong with the form of a JSON value, and where in it.
#pragma once

#include <boost/json/value.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// A place inside a JSON value, such as `items[3].price`. It refers to the place around it, and to
/// the name that it was given; it becomes text only when there is something to say about it.
///
/// Thread rule: a value that must not outlive what it refers to.
class json_place {
 public:
  /// The value itself.
  json_place() = default;
  /// A member of an object.
  json_place(const json_place& around, std::string_view name) : around_(&around), name_(name) {}
  /// An element of an array.
  json_place(const json_place& around, std::size_t index) : around_(&around), index_(index) {}

  /// The path to it, names that are not plain in quotes and cut to 64 bytes. Empty for the value
  /// itself.
  std::string to_string() const;

 private:
  const json_place* around_ = nullptr;
  std::string_view name_;
  std::size_t index_ = no_index;

  static constexpr std::size_t no_index = static_cast<std::size_t>(-1);
};

/// All that is wrong with a value, each with its path: "total.currency: expected a string, got a
/// number". Holds names of members, but no value of any.
///
/// Thread rule: a value.
class form_flaws {
 public:
  /// So many are kept; of more only the number.
  static constexpr std::size_t kept_at_most = 16;

  /// Whether nothing is wrong.
  bool empty() const noexcept { return count_ == 0; }
  /// How many there are.
  std::size_t count() const noexcept { return count_; }
  /// The first of them, in the order of the struct's members.
  const std::vector<std::string>& lines() const noexcept { return lines_; }
  /// All of it in one line.
  std::string to_string() const;

  /// Something is wrong there.
  void add(const json_place& where, std::string_view what);
  /// There is another kind of value than `expected`, such as "a string".
  void add_kind(const json_place& where, std::string_view expected,
                const boost::json::value& found);
  /// The text there is none of these.
  void add_choice(const json_place& where, const std::vector<std::string_view>& names);

 private:
  std::vector<std::string> lines_;
  std::size_t count_ = 0;
};

}  // namespace sluice
