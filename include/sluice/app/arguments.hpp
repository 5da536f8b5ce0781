// Fields of a message as the arguments of a handler.
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

/// The names of the fields that a handler takes, in the order of its parameters. The message is an
/// object then; what else is in it is passed by. Parameters of type `std::optional` may be missing.
///
/// @code
/// app.listen("add", sluice::arguments("a", "b"), [](int a, std::optional<int> b) {
///   return a + b.value_or(1);
/// });
/// @endcode
///
/// Thread rule: a value.
template <std::size_t count>
class arguments {
 public:
  /// One name or several, each of them a text.
  template <std::convertible_to<std::string>... Names>
  explicit arguments(Names&&... names) : names_{std::string(std::forward<Names>(names))...} {
    static_assert(sizeof...(Names) == count && count > 0);
  }
  /// In the order of the parameters.
  const std::vector<std::string>& names() const noexcept { return names_; }

 private:
  std::vector<std::string> names_;
};

/// As many as there are.
template <class... Names>
arguments(Names...) -> arguments<sizeof...(Names)>;

}  // namespace sluice
