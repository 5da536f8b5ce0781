// Reads connection URLs.
#pragma once

#include "sluice/redis/options.hpp"

#include <string_view>

namespace sluice {

/// Fills `into` from a URL; see `connection_options` for the forms.
/// Throws `error` with `errc::invalid_url` that names the part and hides the password.
void read_url(std::string_view url, connection_options& into);

}  // namespace sluice
