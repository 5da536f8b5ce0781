#include "cli/checks.hpp"

#include <charconv>
#include <cstdint>
#include <sstream>
#include <system_error>

namespace sluice::cli {
namespace {

// The whole text has to be one.
template <class Number>
bool parse(const std::string& text, Number& number) {
  const auto* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  return parsed.ec == std::errc() && parsed.ptr == end;
}

}  // namespace

std::string check_name(const std::string& text) {
  return text.empty() ? "wants a name, and is empty" : "";
}

std::string check_count(const std::string& text) {
  std::int64_t count = 0;
  return parse(text, count) && count > 0
             ? ""
             : "wants a whole number of at least 1, not '" + text + '\'';
}

std::function<std::string(const std::string&)> check_between(double least, double most) {
  return [least, most](const std::string& text) {
    double number = 0;
    // Written so that what is no number is out of range as well.
    if (parse(text, number) && number >= least && number <= most) return std::string();
    std::ostringstream wanted;
    wanted.precision(12);
    wanted << "wants a number from " << least << " to " << most << ", not '" << text << '\'';
    return wanted.str();
  };
}

}  // namespace sluice::cli
