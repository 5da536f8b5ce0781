// What is kept on the server about the processes of apps.
#pragma once

#include "sluice/app/services.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// Who told when, and what.
std::vector<std::string> service_keys();

std::string encode_service(const service_info& what);
/// Empty for what is no such text.
std::optional<service_info> decode_service(std::string_view text);

}  // namespace sluice
