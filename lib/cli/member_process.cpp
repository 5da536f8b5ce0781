#include "member_process.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

namespace sluice::cli {

member_process::member_process(const member_orders& orders) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  pid_ = ::fork();
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    ::execl("/proc/self/exe", "sluice", "demo-member", "--url", orders.url.c_str(), "--stream",
            orders.stream.c_str(), "--group", orders.group.c_str(), "--consumer",
            orders.name.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  ::close(ends[1]);
  output_ = ends[0];
}

member_process::~member_process() {
  kill();
  if (output_ >= 0) ::close(output_);
}

int member_process::take_output() { return std::exchange(output_, -1); }

void member_process::kill() noexcept {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

}  // namespace sluice::cli
