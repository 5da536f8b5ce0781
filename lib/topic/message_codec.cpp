#include "topic/message_codec.hpp"

#include "core/json_text.hpp"

#include "sluice/topic/malformed_message.hpp"

#include <boost/json/value.hpp>

namespace sluice {
namespace json = boost::json;
namespace {

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
  return write_json(what.data(), "the data of the message");
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
