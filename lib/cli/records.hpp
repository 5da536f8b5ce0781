// Real records of the machine the demo is on.
#pragma once

#include <sluice/stream/fields.hpp>

#include <string>
#include <vector>

namespace sluice::cli {

/// The stanzas of Debian's package database as entries: package, section, version, size (KiB).
/// Throws `failure` when the file cannot be read or has none.
std::vector<fields> installed_packages(const std::string& path);

/// The lines of a file of JSON objects as entries. Throws the same; the text names the line.
std::vector<fields> json_records(const std::string& path);

}  // namespace sluice::cli
