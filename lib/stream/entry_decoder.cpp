#include "stream/entry_decoder.hpp"

#include "resp/walk.hpp"

#include <string>

namespace sluice {
namespace {

[[noreturn]] void refuse_entry(const char* what) {
  throw error(errc::unexpected_reply,
              std::string("the server's list of entries is malformed: ") + what);
}

// The value whose first byte is at `first`, in bytes that the scanner has passed.
resp::value value_at(const char* first) { return resp::value(std::string_view(first, 1)); }

const char* end_of(const resp::value& value) {
  const auto raw = value.raw();
  return raw.data() + raw.size();
}

// Decodes the entry at `at` and moves `at` behind it. Each byte is walked once: asking values for
// their ends again and again is what reading a batch would otherwise spend most of its time on.
raw_entry decode_entry(const char*& at) {
  const auto whole = resp::read_value(at);
  if (!whole.type.aggregate) refuse_entry("an entry is no pair");
  if (whole.length != 2 && whole.length != 4)
    refuse_entry("an entry has neither two nor four parts");
  const auto id = resp::read_value(whole.body);
  if (!id.is_string() || id.text().empty()) refuse_entry("an entry without an id");
  const auto* const first_value = resp::skip_attributes(id.past_text());
  const auto values = resp::read_head(first_value);
  raw_entry decoded;
  decoded.id = id.text();
  if (values.type.is != resp::kind::null) {
    if (!values.type.aggregate || values.length % 2 != 0) refuse_entry("the fields are no pairs");
    decoded.values = first_value;
  }
  const auto* end = resp::past(values);
  if (whole.length == 4) {
    const auto count = value_at(resp::skip(end, 1));
    decoded.delivery_count = count.integer().value_or(0);
    end = end_of(count);
  }
  decoded.bytes = static_cast<std::uint32_t>(end - at);
  at = end;
  return decoded;
}

}  // namespace

void decode_entries(const resp::value& list, std::vector<raw_entry>& out) {
  if (list.is_null()) return;
  if (!list.is_aggregate()) refuse_entry("the entries are no list");
  const auto before = out.size();
  try {
    const auto count = list.size();
    const auto* at = count == 0 ? nullptr : (*list.begin()).data();
    for (std::size_t i = 0; i < count; ++i) out.push_back(decode_entry(at));
  } catch (...) {
    out.resize(before);
    throw;
  }
}

void decode_stream_reply(const resp::value& reply, std::vector<raw_entry>& out) {
  if (reply.is_null() || (reply.is_aggregate() && reply.size() == 0)) return;
  if (reply.type() == resp::kind::map) {
    return decode_entries(value_at(end_of(*reply.begin())), out);
  }
  if (!reply.is_aggregate()) refuse_entry("the reply is no list of streams");
  const auto stream = reply[0];
  if (!stream.is_aggregate() || stream.size() != 2) refuse_entry("a stream is no pair");
  decode_entries(stream[1], out);
}

}  // namespace sluice
