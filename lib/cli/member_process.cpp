#include "cli/member_process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>
#include <system_error>
#include <vector>

namespace sluice::cli {
namespace {

std::vector<std::string> words_of(const member_orders& orders) {
  return {"sluice",       "demo-member",
          "--stream",     orders.stream,
          "--group",      orders.group,
          "--consumer",   orders.consumer,
          "--prefetch",   std::to_string(orders.prefetch),
          "--hang-after", std::to_string(orders.hang_after)};
}

[[noreturn]] void become(const member_orders& orders, int output, ::pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // the parent died before the line above took effect
  ::setpgid(0, 0);                          // Ctrl-C is for the parent, who ends it then
  ::dup2(output, STDOUT_FILENO);
  // Not on the command line, which everybody on this machine may read: a URL can hold a password.
  ::setenv("REDIS_URL", orders.url.c_str(), 1);
  auto words = words_of(orders);
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (auto& each : words) arguments.push_back(each.data());
  arguments.push_back(nullptr);
  ::execv("/proc/self/exe", arguments.data());
  ::_exit(127);
}

}  // namespace

member_process::member_process(const member_orders& orders) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot make a pipe");
  }
  output_ = ends[0];
  const ::pid_t parent = ::getpid();
  pid_ = ::fork();
  const int reason = errno;
  if (pid_ == 0) become(orders, ends[1], parent);
  ::close(ends[1]);
  if (pid_ > 0) return;
  ::close(output_);
  throw std::system_error(reason, std::generic_category(), "cannot start a process");
}

member_process::~member_process() {
  kill();
  ::close(output_);
}

void member_process::kill() noexcept {
  if (killed_) return;
  killed_ = true;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
}

}  // namespace sluice::cli
