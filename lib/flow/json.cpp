#include "sluice/flow/json.hpp"

#include "core/json_text.hpp"

#include "sluice/core/error.hpp"

#include <utility>

namespace sluice::flow {

boost::json::value parse_json(std::string_view text) {
  std::string flaw;
  auto read = read_json(text, flaw);
  if (!flaw.empty()) throw error(errc::malformed_message, flaw);
  return read;
}

std::string json_text(const boost::json::value& what) {
  return write_json(what, "the JSON of a pipeline");
}

}  // namespace sluice::flow
