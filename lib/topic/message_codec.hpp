// Messages as entries of streams, in the form that telstar gave them.
#pragma once

#include "sluice/stream/entry.hpp"
#include "sluice/topic/topic_message.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sluice {

inline constexpr std::string_view message_id_field = "message_id";
inline constexpr std::string_view message_data_field = "data";

/// The text of the data. Throws `error` with `errc::invalid_argument` where `decode_message` would
/// refuse it: nothing is sent that cannot be read.
std::string encode_data(const topic_message& what);

/// Throws `malformed_message`. Further fields are passed over.
topic_message decode_message(const entry& what);

/// The id alone, of an entry whose data may be bad.
std::optional<uuid> message_id_of(const entry& what);

}  // namespace sluice
