#include "cli/read_json.hpp"

#include "cli/exit_code.hpp"

#include <boost/json/parser.hpp>

#include <stdexcept>
#include <string>

namespace sluice::cli {
namespace json = boost::json;

json::value read_json(std::string_view text) {
  json::parse_options accepted;
  accepted.max_depth = 128;
  json::parser parser(json::storage_ptr(), accepted);
  boost::system::error_code wrong;
  const auto parsed = parser.write_some(text.data(), text.size(), wrong);
  if (!wrong && parsed < text.size()) wrong = json::error::extra_data;
  if (wrong) {
    throw std::invalid_argument("no JSON, wrong at byte " + std::to_string(parsed + 1) + " (" +
                                wrong.message() + ")");
  }
  return parser.release();
}

json::value read_json_argument(std::string_view what, std::string_view text) {
  try {
    return read_json(text);
  } catch (const std::invalid_argument& why) {
    throw failure(usage, std::string(what) + " is " + why.what() +
                             "; a text is written with quotes of its own: '\"text\"'");
  }
}

}  // namespace sluice::cli
