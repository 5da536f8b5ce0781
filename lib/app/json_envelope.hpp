// Messages as JSON text: elements of lists, values of Kafka; as streamback's processes write them.
#pragma once

#include "app/envelope.hpp"

#include <string>
#include <string_view>

namespace sluice {

/// `{"value":…,"event":"message","feedback_topic":…,"source_group":…}` and what only Sluice's
/// processes read: `id`, unless it is the feedback list's name, `reply_stream`, `deadline`,
/// `traceparent`. What is empty is left out. Throws `error` with `errc::invalid_argument` for a
/// value that is no JSON.
std::string write_envelope_json(const envelope& what);
/// Every key may be missing, and unknown ones are passed over. Throws `error` with
/// `errc::malformed_message` for what is no JSON object.
envelope read_envelope_json(std::string_view text);

}  // namespace sluice
