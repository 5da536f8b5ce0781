// From the reply of a reading command to entries, without copying.
#pragma once

#include "sluice/core/error.hpp"
#include "sluice/resp/value.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace sluice {

/// An entry inside a reply. `values` is null for an entry whose payload was deleted.
struct raw_entry {
  std::string_view id;
  const char* values = nullptr;
  std::uint32_t bytes = 0;
  std::int64_t delivery_count = 0;  // before this delivery; -1 when that is not known
};

/// Takes the entries out of a reply of XREAD or XREADGROUP for one stream: a map or a list of pairs
/// (RESP2), null, or a stream with an empty list, which servers before 7.2 send.
/// Entries have two elements, or four where the server claims.
///
/// Throws `error` with `errc::unexpected_reply` for another shape; `out` is then unchanged.
void decode_stream_reply(const resp::value& reply, std::vector<raw_entry>& out);

/// Takes the entries out of a list of them, as XRANGE answers.
void decode_entries(const resp::value& list, std::vector<raw_entry>& out);

}  // namespace sluice
