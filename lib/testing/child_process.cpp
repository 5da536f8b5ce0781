#include "testing/child_process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <thread>

namespace sluice::testing {

namespace {

using namespace std::chrono_literals;

// Between fork and exec only async-signal-safe calls are allowed: another thread of the parent may
// have held any lock at the moment of the fork. All memory is therefore prepared before.

void close_all_on_exec(int first) noexcept {
  if (::close_range(static_cast<unsigned>(first), ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
  for (int descriptor = first; descriptor < 1024; ++descriptor) {
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);  // kernels before 5.11
  }
}

[[noreturn]] void fail(int report) noexcept {
  const int reason = errno;
  [[maybe_unused]] const auto written = ::write(report, &reason, sizeof reason);
  ::_exit(127);
}

[[noreturn]] void become(char* const* arguments, const char* output, int report,
                         ::pid_t parent) noexcept {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // the parent died before the line above took effect
  ::sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int log = ::open(output, O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (log < 0 || nothing < 0) fail(report);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  close_all_on_exec(STDERR_FILENO + 1);
  ::execvp(arguments[0], arguments);
  fail(report);
}

}  // namespace

child_process::child_process(const std::vector<std::string>& arguments,
                             const std::filesystem::path& output) {
  std::vector<char*> words;
  words.reserve(arguments.size() + 1);
  for (const auto& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);

  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
  const ::pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) become(words.data(), output.c_str(), report[1], parent);
  ::close(report[1]);

  // The pipe closes by itself when exec succeeds, so a number in it means that it did not.
  int reason = pid_ < 0 ? errno : 0;
  if (pid_ > 0) {
    while (::read(report[0], &reason, sizeof reason) < 0 && errno == EINTR) continue;
  }
  ::close(report[0]);
  if (reason == 0) return;
  if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
  throw std::runtime_error("cannot start " + arguments.front() + ": " + std::strerror(reason));
}

child_process::~child_process() { kill(); }

bool child_process::running() noexcept {
  if (reaped_) return false;
  const auto ended = ::waitpid(pid_, nullptr, WNOHANG);
  // A program that ignores SIGCHLD has its children reaped by the kernel.
  reaped_ = ended == pid_ || (ended < 0 && errno == ECHILD);
  return !reaped_;
}

void child_process::signal(int number) noexcept {
  // Once reaped, the number may belong to a stranger.
  if (running()) ::kill(pid_, number);
}

void child_process::terminate(std::chrono::milliseconds patience) noexcept {
  signal(SIGTERM);
  signal(SIGCONT);  // a stopped process takes no other signal before this one
  for (auto waited = 0ms; running() && waited < patience; waited += 2ms) {
    std::this_thread::sleep_for(2ms);
  }
  kill();
}

void child_process::kill() noexcept {
  if (!running()) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
  reaped_ = true;
}

}  // namespace sluice::testing
