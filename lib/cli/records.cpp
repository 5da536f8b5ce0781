#include "cli/records.hpp"

#include "cli/exit_code.hpp"
#include "cli/json_fields.hpp"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace sluice::cli {
namespace {

std::ifstream open(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    throw failure(bad_input, "cannot read " + path + ": " + std::strerror(errno) +
                                 "; give a file of JSON lines with --input");
  }
  return file;
}

std::vector<fields> checked(std::vector<fields> records, const std::string& path) {
  if (records.empty()) {
    throw failure(bad_input, path + " has no records; give a file of JSON lines with --input");
  }
  return records;
}

/// The fields of a stanza that the demo works with (deb-control(5)).
struct stanza {
  std::string package, section, version, size;

  void take(std::string_view line) {
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos || line.front() == ' ') return;
    const auto name = line.substr(0, colon);
    const auto value = std::string(line.substr(colon + 2));
    if (name == "Package") package = value;
    if (name == "Section") section = value;
    if (name == "Version") version = value;
    if (name == "Installed-Size") size = value;
  }
};

}  // namespace

std::vector<fields> installed_packages(const std::string& path) {
  auto file = open(path);
  std::vector<fields> records;
  stanza current;
  const auto finish = [&] {
    if (!current.package.empty()) {
      records.push_back(fields("package", current.package, "section", current.section, "version",
                               current.version, "size", current.size));
    }
    current = {};
  };
  for (std::string line; std::getline(file, line);) {
    if (line.empty()) {
      finish();
    } else {
      current.take(line);
    }
  }
  finish();
  return checked(std::move(records), path);
}

std::vector<fields> json_records(const std::string& path) {
  auto file = open(path);
  std::vector<fields> records;
  std::size_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    try {
      records.push_back(fields_of(line));
    } catch (const std::invalid_argument& why) {
      throw failure(bad_input, path + ", line " + std::to_string(number) + ": " + why.what());
    }
  }
  return checked(std::move(records), path);
}

}  // namespace sluice::cli
