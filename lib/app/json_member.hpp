// Members of JSON objects that others wrote.
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace sluice {

/// Empty where it is missing, or no text.
inline std::string text_member(const boost::json::object& of, std::string_view key) {
  const auto* const found = of.if_contains(key);
  const auto* const text = found == nullptr ? nullptr : found->if_string();
  return text == nullptr ? std::string() : std::string(*text);
}

}  // namespace sluice
