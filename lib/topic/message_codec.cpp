#include "topic/message_codec.hpp"

#include "sluice/topic/malformed_message.hpp"

#include <boost/json/parser.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace sluice {
namespace json = boost::json;
namespace {

// Nesting costs the reader its stack, size its memory; the second is that of a reply's bulk string.
constexpr std::size_t max_depth = 64;
constexpr std::size_t max_bytes = std::size_t{16} << 20U;

/// Reads JSON; what is wrong with it goes into `flaw`.
json::value read_json(std::string_view text, std::string& flaw) {
  if (text.size() > max_bytes) {
    flaw = "it has more than 16 MiB";
    return nullptr;
  }
  json::parse_options accepted;
  accepted.max_depth = max_depth;
  json::parser parser(json::storage_ptr(), accepted);
  boost::system::error_code wrong;
  const auto parsed = parser.write_some(text.data(), text.size(), wrong);
  if (!wrong && parsed < text.size()) wrong = json::error::extra_data;
  if (wrong) {
    flaw = "wrong at byte " + std::to_string(parsed + 1) + " (" + wrong.message() + ')';
    return nullptr;
  }
  return parser.release();
}

// JSON knows neither NaN nor infinities; what is written for them depends on the version of Boost.
bool is_finite(const json::value& what) {
  if (const auto* const number = what.if_double()) return std::isfinite(*number);
  if (const auto* const list = what.if_array()) {
    return std::all_of(list->begin(), list->end(), is_finite);
  }
  if (const auto* const fields = what.if_object()) {
    return std::all_of(fields->begin(), fields->end(),
                       [](const auto& each) { return is_finite(each.value()); });
  }
  return true;
}

class reader {
 public:
  explicit reader(const entry& what) : what_(what) {}

  uuid id() const {
    if (const auto id = uuid::parse(field(message_id_field))) return *id;
    refuse(malformed_message::flaw::bad_id, "its message_id is no UUID");
  }
  json::value data() const {
    std::string flaw;
    auto data = read_json(field(message_data_field), flaw);
    // "1e400" is JSON, and would be infinite here.
    if (flaw.empty() && !is_finite(data)) flaw = "a number is beyond the range of a double";
    if (flaw.empty()) return data;
    refuse(malformed_message::flaw::bad_data, "its data is no JSON: " + flaw);
  }

 private:
  std::string_view field(std::string_view name) const {
    if (const auto found = what_.find(name)) return *found;
    refuse(malformed_message::flaw::missing_field,
           "it has no field '" + std::string(name) + "', so it is no message");
  }
  [[noreturn]] void refuse(malformed_message::flaw what, const std::string& in_words) const {
    throw malformed_message(what, in_words, what_.stream(), std::string(what_.id_text()));
  }

  const entry& what_;
};

}  // namespace

std::string encode_data(const topic_message& what) {
  auto text = json::serialize(what.data());
  std::string flaw;
  // Text that is no UTF-8, or too deep: only reading it tells.
  read_json(text, flaw);
  if (flaw.empty() && !is_finite(what.data())) flaw = "a number is not finite";
  if (!flaw.empty()) {
    throw error(errc::invalid_argument,
                "the data of the message cannot be written as JSON, for it holds NaN, an infinity, "
                "text that is no UTF-8, or too much: " +
                    flaw);
  }
  return text;
}

topic_message decode_message(const entry& what) {
  const reader from(what);
  const auto id = from.id();
  return topic_message(id, from.data());
}

std::optional<uuid> message_id_of(const entry& what) {
  const auto text = what.find(message_id_field);
  return text ? uuid::parse(*text) : std::nullopt;
}

}  // namespace sluice
