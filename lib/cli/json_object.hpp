// A line of JSON out of named facts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::cli {

/// Members come in the order in which they are added.
class json_object {
 public:
  json_object& text(std::string_view name, std::string_view value);
  json_object& number(std::string_view name, std::int64_t value);
  json_object& number(std::string_view name, std::uint64_t value);
  json_object& truth(std::string_view name, bool value);
  json_object& null(std::string_view name);
  /// A value that is JSON already.
  json_object& json(std::string_view name, std::string_view value);

  std::string line() const { return '{' + members_ + '}'; }

 private:
  std::string members_;
};

}  // namespace sluice::cli
