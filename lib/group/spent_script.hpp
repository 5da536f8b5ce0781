// The step that takes out of a stream what all of its groups are done with.
#pragma once

#include "sluice/redis/script.hpp"

namespace sluice {

/// KEYS: the stream. ARGV: "~" to take out whole nodes alone, which is cheap; "=" to take out each
/// entry; "?" to take out none.
/// Answers: how many went, and the oldest id that some group may still need, an empty text where
/// there is no group or no stream.
const script& spent_script();

}  // namespace sluice
