#pragma once

#include <filesystem>

namespace sluice::testing {

/// A folder that only this user can enter, removed with all its contents at the end.
class temporary_directory {
 public:
  /// Makes a new folder under the system's temporary one.
  temporary_directory();

  /// Uses `folder` (made when absent) and leaves it there.
  explicit temporary_directory(const std::filesystem::path& folder);

  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;
  ~temporary_directory();

  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
  bool remove_;
};

}  // namespace sluice::testing
