#include "sluice/flow/text.hpp"

#include "sluice/core/utf8.hpp"

#include "sluice/core/error.hpp"

#include <string_view>
#include <utility>

namespace sluice::flow {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";  // U+FFFD

}  // namespace

std::string decode_text(std::string bytes, bad_bytes policy) {
  std::string made;
  std::size_t at = 0;
  std::size_t copied = 0;
  while (at < bytes.size()) {
    const auto length = utf8_length(std::string_view(bytes).substr(at));
    if (length > 0) {
      at += length;
      continue;
    }
    if (policy == bad_bytes::refuse) {
      throw error(errc::malformed_message, "byte " + std::to_string(at) + " is no UTF-8");
    }
    made.append(bytes, copied, at - copied);
    if (policy == bad_bytes::replace) made += replacement;
    copied = ++at;
  }
  if (copied == 0) return bytes;
  return made.append(bytes, copied);
}

}  // namespace sluice::flow
