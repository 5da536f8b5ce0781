#include "cli/shell_command.hpp"

#include "cli/exit_code.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <utility>

extern char** environ;

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

using descriptor = asio::posix::stream_descriptor;

constexpr std::size_t longest_line = std::size_t{16} << 20U;

struct pipe_ends {
  int read = -1;
  int write = -1;
};

pipe_ends make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw failure(trouble, std::string("no pipe to the command: ") + std::strerror(errno));
  }
  return {ends[0], ends[1]};
}

/// A process that is ended, with its group, when nobody holds it any more.
class child {
 public:
  child(const std::string& command, int input, int output) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawnattr_init(&how);
    ::posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
    ::posix_spawnattr_setpgroup(&how, 0);
    ::posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP);
    std::array<std::string, 3> words{"sh", "-c", command};
    std::array<char*, 4> arguments{words[0].data(), words[1].data(), words[2].data(), nullptr};
    const int wrong = ::posix_spawn(&pid_, "/bin/sh", &files, &how, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&how);
    if (wrong != 0) throw failure(trouble, std::string("no shell: ") + std::strerror(wrong));
  }
  child(const child&) = delete;
  child& operator=(const child&) = delete;
  ~child() {
    if (reaped_) return;
    ::kill(-pid_, SIGTERM);
    wait();
  }

  /// A descriptor that can be read once it has ended.
  int watch() const { return static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)); }
  std::string wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    reaped_ = true;
    if (WIFSIGNALED(status)) return "ended by signal " + std::to_string(WTERMSIG(status));
    const int code = WEXITSTATUS(status);
    return code == 0 ? std::string() : "exit code " + std::to_string(code);
  }

 private:
  ::pid_t pid_ = 0;
  bool reaped_ = false;
};

// A command that does not read its input is none of our business.
asio::awaitable<void> feed(descriptor to, std::string what) {
  boost::system::error_code ignored;
  co_await asio::async_write(to, asio::buffer(what),
                             asio::redirect_error(asio::use_awaitable, ignored));
}

asio::awaitable<bool> next_line(descriptor& from, std::string& buffer, std::string& line) {
  boost::system::error_code ended;
  auto all = asio::dynamic_buffer(buffer, longest_line);
  const auto size = co_await asio::async_read_until(
      from, all, '\n', asio::redirect_error(asio::use_awaitable, ended));
  if (ended == asio::error::operation_aborted) throw boost::system::system_error(ended);
  if (ended && buffer.empty()) co_return false;
  line = ended ? std::exchange(buffer, {}) : buffer.substr(0, size - 1);
  if (!ended) buffer.erase(0, size);
  co_return true;
}

}  // namespace

asio::awaitable<std::string> run_shell_command(
    std::string command, std::string input,
    std::function<asio::awaitable<void>(std::string)> on_line) {
  const auto here = co_await asio::this_coro::executor;
  const auto in = make_pipe();
  descriptor feeding(here, in.write);
  descriptor theirs_in(here, in.read);
  const auto out = make_pipe();
  descriptor reading(here, out.read);
  descriptor theirs_out(here, out.write);
  child process(command, in.read, out.write);
  theirs_in.close();
  theirs_out.close();
  asio::co_spawn(here, feed(std::move(feeding), std::move(input)),
                 [](const std::exception_ptr&) {});
  std::string buffer;
  std::string line;
  while (true) {
    const bool came = co_await next_line(reading, buffer, line);
    if (!came) break;
    co_await on_line(std::move(line));
  }
  descriptor ending(here, process.watch());
  co_await ending.async_wait(descriptor::wait_read, asio::use_awaitable);
  co_return process.wait();
}

}  // namespace sluice::cli
