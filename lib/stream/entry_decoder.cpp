#include "stream/entry_decoder.hpp"

#include <string>

namespace sluice {
namespace {

[[noreturn]] void refuse(const char* what) {
  throw error(errc::unexpected_reply,
              std::string("the server's list of entries is malformed: ") + what);
}

raw_entry decode_entry(const resp::value& pair) {
  if (!pair.is_aggregate()) refuse("an entry is no pair");
  auto part = pair.begin();
  const auto parts = pair.size();
  if (parts != 2 && parts != 4) refuse("an entry has neither two nor four parts");
  raw_entry decoded;
  if (!part->is_string() || part->text().empty()) refuse("an entry without an id");
  decoded.id = part->text();
  ++part;
  if (!part->is_null()) {
    if (!part->is_aggregate() || part->size() % 2 != 0) refuse("the fields are no pairs");
    decoded.values = part->raw().data();
  }
  decoded.bytes = static_cast<std::uint32_t>(pair.raw().size());
  if (parts == 4) {
    ++part;
    ++part;
    decoded.delivery_count = part->integer().value_or(0);
  }
  return decoded;
}

}  // namespace

void decode_entries(const resp::value& list, std::vector<raw_entry>& out) {
  if (list.is_null()) return;
  if (!list.is_aggregate()) refuse("the entries are no list");
  const auto before = out.size();
  try {
    for (const auto& pair : list) out.push_back(decode_entry(pair));
  } catch (...) {
    out.resize(before);
    throw;
  }
}

void decode_stream_reply(const resp::value& reply, std::vector<raw_entry>& out) {
  if (reply.is_null() || (reply.is_aggregate() && reply.size() == 0)) return;
  if (reply.type() == resp::kind::map) {
    auto part = reply.begin();
    ++part;
    return decode_entries(*part, out);
  }
  if (!reply.is_aggregate()) refuse("the reply is no list of streams");
  const auto stream = reply[0];
  if (!stream.is_aggregate() || stream.size() != 2) refuse("a stream is no pair");
  decode_entries(stream[1], out);
}

}  // namespace sluice
