// Names of tables: they go into statements as they are, so nothing but a plain identifier does.
#pragma once

#include <string>
#include <string_view>

namespace sluice::outbox {

/// The name itself; throws `errc::invalid_argument` for what could be more than a name.
std::string checked_identifier(std::string_view name);

/// The last part of `schema.name`, as names of indexes have no schema.
std::string_view without_schema(std::string_view name) noexcept;

}  // namespace sluice::outbox
