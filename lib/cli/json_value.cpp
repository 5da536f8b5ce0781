#include "cli/json_value.hpp"

#include "cli/exit_code.hpp"
#include "core/json_text.hpp"

#include <boost/json/serialize.hpp>

#include <cstddef>

namespace sluice::cli {

boost::json::value json_argument(std::string_view what, std::string_view text) {
  std::string flaw;
  auto read = read_json(text, flaw);
  if (flaw.empty()) return read;
  throw failure(usage, std::string(what) + " is no JSON: " + flaw +
                           "; a text is written with quotes of its own: '\"text\"'");
}

// Only characters inside of strings can be control characters here; these steer some terminals.
std::string json_text(const boost::json::value& what) {
  const auto json = boost::json::serialize(what);
  std::string safe;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const auto first = static_cast<unsigned char>(json[i]);
    const auto second = i + 1 < json.size() ? static_cast<unsigned char>(json[i + 1]) : 0xffU;
    if (first == 0x7f) {
      safe += "\\u007f";
    } else if (first == 0xc2 && second < 0xa0) {
      constexpr std::string_view digits = "0123456789abcdef";
      safe.append("\\u00").push_back(digits[second >> 4U]);
      safe.push_back(digits[second & 15U]);
      ++i;
    } else {
      safe.push_back(json[i]);
    }
  }
  return safe;
}

}  // namespace sluice::cli
