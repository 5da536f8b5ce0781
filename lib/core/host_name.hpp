// Where this process runs, for names that people read.
#pragma once

#include <string>

namespace sluice {

/// The name of this machine; "host" where it has none.
std::string host_name();

}  // namespace sluice
