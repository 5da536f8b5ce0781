// A sink into a file.
#pragma once

#include "sluice/flow/map.hpp"

#include <boost/asio/awaitable.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice::flow {

/// When a line counts as written.
enum class file_sync : unsigned char {
  system,  ///< When the operating system has it: it outlives the process, not a power cut.
  disk,    ///< When it is on the disk (`fdatasync`).
};

/// Appends lines to a file.
///
/// Thread rule: used on the executor of its pipeline; it writes on a thread of its own.
/// Lifetime: closes the file when the last copy is gone, which has to be before the end of the
/// execution contexts that its pipelines ran on.
class file_end {
 public:
  /// Makes the file where it is missing.
  ///
  /// Throws `boost::system::system_error` with the system's error, naming the path; also where
  /// another sink has the file.
  file_end(const std::filesystem::path& path, file_sync when);

  /// Appends one line.
  ///
  /// Errors: the system's, naming the path: then nothing of it stays in the file. What could not be
  /// cut off at once is before anything else is written; as long as that fails, so does every
  /// write. `invalid_argument` for text with a line break. Cancellation: none. Cost: one write, and
  /// a `fdatasync`.
  boost::asio::awaitable<void> operator()(const std::string& line);
  /// The same of a batch: where it fails, no line of it stays.
  ///
  /// Errors, cancellation and cost: as above.
  boost::asio::awaitable<void> operator()(const std::vector<std::string>& lines);

 private:
  std::shared_ptr<class line_file> file_;
};

/// Appends the texts that come, or the batches of texts, to a file, a line each. A batch is done
/// with when it is written and flushed: gather lines by `partition` to flush less often. Where it
/// cannot be written or flushed, as the disk is full, it fails as a whole and leaves no trace; it
/// is tried again as the source does.
///
/// A process that is killed in the middle of a batch, or a power cut, may leave some lines of it,
/// which come again with it. Only a line that is not whole is removed when the file is opened next.
///
/// One sink has a file at a time. Others may shorten it, as those do who rotate logs by copying: it
/// goes on at the end.
///
/// Throws `boost::system::system_error` where the file cannot be opened, or another sink has it.
inline auto to_file(const std::filesystem::path& path, file_sync when = file_sync::disk) {
  return flow::sink(file_end(path, when));
}

}  // namespace sluice::flow
