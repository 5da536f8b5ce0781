#include "flow/line_file.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <utility>

namespace sluice::flow {
namespace asio = boost::asio;
namespace {

// A pipe that nobody reads any more is an error of the write, as with every other file, and not the
// end of the process. The thread belongs to the file alone: what is pending there ends with it.
void keep_broken_pipes_quiet() noexcept {
  sigset_t which;
  ::sigemptyset(&which);
  ::sigaddset(&which, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &which, nullptr);
}

}  // namespace

line_file::line_file(std::filesystem::path path, file_sync when)
    : path_(std::move(path)), when_(when) {
  try {
    open();
  } catch (...) {
    if (file_ >= 0) ::close(file_);
    throw;
  }
}

// The thread goes first: it may be writing.
line_file::~line_file() {
  thread_.join();
  if (file_ >= 0) ::close(file_);
}

void line_file::fail(const char* doing) const {
  const boost::system::error_code why(errno, boost::system::system_category());
  throw boost::system::system_error(why, std::string(doing) + " " + path_.string());
}

void line_file::open() {
  struct stat what {};
  regular_ = ::stat(path_.c_str(), &what) != 0 || S_ISREG(what.st_mode);
  if (S_ISFIFO(what.st_mode)) return open_pipe();
  const int how = regular_ ? O_RDWR | O_CREAT | O_APPEND : O_WRONLY;
  file_ = ::open(path_.c_str(), how | O_CLOEXEC, 0644);
  if (file_ < 0) fail("opening");
  if (regular_) claim();
}

// The system would wait for a reader, and the executor's thread with it.
void line_file::open_pipe() {
  file_ = ::open(path_.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  if (file_ < 0) fail(errno == ENXIO ? "finding a reader of" : "opening");
  // From now on only the thread that writes waits.
  if (::fcntl(file_, F_SETFL, 0) != 0) fail("opening");
}

// Who undoes a write must be the only one who writes.
void line_file::claim() {
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0) fail("locking");
  cut_off_torn_line();
}

void line_file::cut_off_torn_line() {
  auto end = ::lseek(file_, 0, SEEK_END);
  std::array<char, 4096> block{};
  while (end > 0) {
    const auto begin =
        end > static_cast<off_t>(block.size()) ? end - static_cast<off_t>(block.size()) : off_t{0};
    const auto read = ::pread(file_, block.data(), static_cast<std::size_t>(end - begin), begin);
    if (read != end - begin) fail("reading");
    auto last = read;
    while (last > 0 && block[static_cast<std::size_t>(last - 1)] != '\n') --last;
    end = begin + last;
    if (last > 0) break;
  }
  if (::ftruncate(file_, end) != 0) fail("cutting off a torn line of");
}

std::int64_t line_file::size_now() const {
  struct stat what {};
  if (::fstat(file_, &what) != 0) fail("reading");
  return what.st_size;
}

void line_file::write_all(const std::string& text) {
  // What stands behind a rest would be its line's end, and be cut off with it.
  if (has_rest_ && !undo()) fail("cutting off a torn line of");
  if (regular_) size_ = size_now();
  std::size_t written = 0;
  while (written < text.size()) {
    const auto step = ::write(file_, text.data() + written, text.size() - written);
    if (step < 0 && errno == EINTR) continue;
    if (step <= 0) undo_and_fail("writing to");
    written += static_cast<std::size_t>(step);
  }
  if (regular_ && when_ == file_sync::disk && ::fdatasync(file_) != 0) undo_and_fail("flushing");
}

void line_file::undo_and_fail(const char* doing) {
  const int why = errno;
  undo();
  errno = why;
  fail(doing);
}

// What could not be undone is before the next write. Where none comes, whoever opens the file next
// cuts off the torn line, and finds the whole ones.
bool line_file::undo() {
  if (!regular_) return true;
  has_rest_ = true;  // also where its size cannot be told
  // Somebody else may have emptied it meanwhile, as those do who rotate logs: it is not to grow.
  size_ = std::min(size_, size_now());
  has_rest_ = ::ftruncate(file_, size_) != 0;
  return !has_rest_;
}

asio::awaitable<void> line_file::append(std::string text) {
  const auto write = [](line_file* into, std::string what) -> asio::awaitable<void> {
    keep_broken_pipes_quiet();
    into->write_all(what);
    co_return;
  };
  auto writing = write(this, std::move(text));
  co_await asio::co_spawn(thread_.get_executor(), std::move(writing), asio::use_awaitable);
}

}  // namespace sluice::flow
