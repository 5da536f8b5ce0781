// What a stream entry is made of: any number of name-value pairs, in order.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice {

/// The fields of an entry to be added. Names and values are bytes; order and duplicates are kept.
///
/// @code
/// sluice::fields("customer", "c-17", "total", "12.50")
/// @endcode
///
/// Thread rule: a value.
class fields {
 public:
  /// No fields yet; an entry needs at least one.
  fields() = default;
  /// Pairs of name and value.
  template <class... Rest>
  explicit fields(std::string_view name, std::string_view value, const Rest&... rest) {
    static_assert(sizeof...(rest) % 2 == 0, "fields come in pairs: a name and its value");
    add(name, value);
    add_pairs(rest...);
  }

  /// Adds a pair at the end.
  fields& add(std::string_view name, std::string_view value);

  /// How many pairs there are.
  std::size_t size() const noexcept { return pairs_; }
  /// True while there is none.
  bool empty() const noexcept { return pairs_ == 0; }
  /// The pairs as they go over the wire.
  const std::string& encoded() const noexcept { return encoded_; }

 private:
  void add_pairs() noexcept {}
  template <class... Rest>
  void add_pairs(std::string_view name, std::string_view value, const Rest&... rest) {
    add(name, value);
    add_pairs(rest...);
  }

  std::string encoded_;
  std::size_t pairs_ = 0;
};

}  // namespace sluice
