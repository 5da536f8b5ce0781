// Messages as the JSON objects that streamback's processes write and read.
#pragma once

#include "app/envelope.hpp"

#include <string>
#include <string_view>

namespace sluice {

/// One object with streamback's members, and behind them what only ends of this library read.
/// Throws `error` with `errc::invalid_argument` for a value that is no JSON.
std::string encode_streamback(const envelope& what);
/// Throws `error` with `errc::malformed_message`. Members of other types than expected are passed
/// over, as are further ones; without a value it is null.
envelope decode_streamback(std::string_view text);

}  // namespace sluice
