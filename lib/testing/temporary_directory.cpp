#include "testing/temporary_directory.hpp"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

namespace sluice::testing {

namespace {

std::filesystem::path make_unique_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "sluice-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), "cannot make a folder like " + name);
  }
  return name;
}

}  // namespace

temporary_directory::temporary_directory() : path_(make_unique_folder()), remove_(true) {}

temporary_directory::temporary_directory(const std::filesystem::path& folder)
    : path_(std::filesystem::absolute(folder)), remove_(false) {
  std::filesystem::create_directories(path_);
}

temporary_directory::~temporary_directory() {
  // A destructor has nobody to tell: a folder that cannot be removed is left behind.
  std::error_code ignored;
  if (remove_) std::filesystem::remove_all(path_, ignored);
}

}  // namespace sluice::testing
