// Which schemes of a streams string lead to carriers of other libraries.
#pragma once

#include "sluice/app/carrier.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::carriers {

/// Makes a carrier of a full URL. Throws `error` with `errc::invalid_url`.
using reader = std::function<carrier(std::string_view url)>;

/// From here on URLs of this scheme are understood. From any thread, as often as wanted.
void teach(const std::string& scheme, reader how);
/// Empty where no library has taught the URL's scheme.
std::optional<carrier> read(std::string_view url);

}  // namespace sluice::carriers
