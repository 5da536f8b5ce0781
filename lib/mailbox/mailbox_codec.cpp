#include "mailbox/mailbox_codec.hpp"

#include "core/json_text.hpp"

#include <boost/json/serialize.hpp>

#include <charconv>

namespace sluice {
namespace json = boost::json;
namespace {

std::uint64_t number_in(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

mailbox_message::time_point at_microsecond(std::int64_t since_epoch) {
  return mailbox_message::time_point(std::chrono::microseconds(since_epoch));
}

}  // namespace

// rivulet writes `{"id": …, "ts": …, "src": …, "data": …}`.
mailbox_message mailbox_codec::from_text(std::uint64_t id, std::string_view text) {
  mailbox_message made;
  made.id_ = id;
  std::string flaw;
  const auto whole = read_json(text, flaw);
  const auto* const parts = flaw.empty() ? whole.if_object() : nullptr;
  const auto* const data = parts != nullptr ? parts->if_contains("data") : nullptr;
  if (data == nullptr) {
    made.raw_ = text;
    return made;
  }
  made.readable_ = true;
  made.data_ = *data;
  const auto* const time = parts->if_contains("ts");
  if (time != nullptr && time->is_int64()) made.time_ = at_microsecond(time->get_int64());
  const auto* const source = parts->if_contains("src");
  if (source != nullptr && source->is_string()) made.source_ = source->get_string();
  return made;
}

mailbox_message mailbox_codec::from_entry(const resp::value& entry) {
  mailbox_message made;
  made.id_ = number_in(entry[0].text());
  const auto fields = entry[1];
  std::string flaw;
  const auto source = read_json(fields.find("src").text(), flaw);
  made.raw_ = fields.find("data").text();
  if (flaw.empty()) made.data_ = read_json(made.raw_, flaw);
  made.readable_ = flaw.empty();
  if (!made.readable_) return made;
  made.raw_.clear();
  made.time_ = at_microsecond(static_cast<std::int64_t>(number_in(fields.find("ts").text())));
  if (source.is_string()) made.source_ = source.get_string();
  return made;
}

std::vector<mailbox_message> mailbox_codec::messages(const resp::value& from,
                                                     mailbox_layout::form form) {
  std::vector<mailbox_message> found;
  for (auto each = from.begin(); each != from.end(); ++each) {
    if (form == mailbox_layout::form::native) {
      found.push_back(from_entry(*each));
      continue;
    }
    // Texts and their numbers take turns.
    const auto text = each->text();
    found.push_back(from_text(number_in((++each)->text()), text));
  }
  return found;
}

mailbox_subscriber mailbox_codec::subscriber(const resp::value& from) {
  mailbox_subscriber made;
  made.id_ = from[0].text();
  made.position_ = number_in(from[1].text());
  made.unread_ = static_cast<std::uint64_t>(from[2].integer().value_or(0));
  const auto time = from.size() > 3 ? number_in(from[3].text()) : 0;
  if (time != 0) made.since_ = at_microsecond(static_cast<std::int64_t>(time));
  return made;
}

std::string mailbox_message::text() const {
  if (!readable_) return raw_;
  if (data_.is_string()) return std::string(data_.get_string());
  return json::serialize(data_);
}

}  // namespace sluice
