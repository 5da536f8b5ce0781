// What the databases say differently.
#pragma once

#include <string_view>

namespace soci {
class session;
}

namespace sluice::outbox {

enum class dialect : unsigned char { sqlite, postgresql, mysql };

/// The dialect of SOCI's backend of this name; throws `errc::invalid_argument` for another one.
dialect dialect_named(std::string_view backend);
/// The dialect that a session speaks.
dialect dialect_of(const soci::session& sql);

}  // namespace sluice::outbox
