// The UUIDs that messages are known by.
#pragma once

#include "sluice/core/random.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sluice::outbox {

/// A random UUID (RFC 4122, version 4), canonical: 36 characters in lower case.
std::string new_message_id(const random_source& random);

/// The canonical spelling of what Python's `uuid.UUID` accepts: digits with or without dashes, in
/// braces, after `urn:uuid:`, in either case. Empty for anything else.
std::optional<std::string> canonical_message_id(std::string_view text);

/// The 32 digits of a canonical UUID.
std::string digits_of(std::string_view canonical);

}  // namespace sluice::outbox
