// Why received bytes were refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace sluice::resp {

enum class fault_kind : unsigned char {
  none,
  unknown_type,    // a byte that begins no RESP3 type: another protocol, or a slipped stream
  streamed_type,   // `$?`, `*?`, `;`, `.`: no server sends them, so no length bound guards them
  bad_length,      // a length or count that is no plain decimal number
  bad_terminator,  // a line or string that does not end with CR LF
  bad_number,      // an integer outside its grammar or outside 64 bits
  bad_double,
  bad_big_number,
  bad_boolean,
  bad_null,
  bad_verbatim,    // shorter than its format, or without the colon behind it
  misplaced_push,  // a push inside a reply
  line_too_long,
  bulk_too_long,
  too_many_elements,
  too_deep,
  reply_too_long
};

// Trivially copyable and free of received bytes, so that it can be logged and kept.
struct fault {
  fault_kind kind = fault_kind::none;
  std::size_t offset = 0;   // in the reply: the offending byte; for a passed limit, its type byte
  std::uint64_t value = 0;  // what was asked for, where a limit was passed; else the byte found
  std::uint64_t limit = 0;  // the limit that was passed; else zero

  friend bool operator==(const fault&, const fault&) = default;
};

// "bulk length 17000000 above limit 16777216 at byte 12"
std::string to_string(const fault& f);

}  // namespace sluice::resp
