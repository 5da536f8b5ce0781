// 500 streams with a consumer each, and an adder that goes through them as fast as the server
// takes entries. It is a process of its own, as its time is not the consumers'.
#pragma once

#include "harness/raw_socket.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>

namespace bench {

inline constexpr std::size_t streams = 500;
// Enough to keep the server busy: two entries a stream.
inline constexpr std::size_t unconfirmed = 1024;

inline std::string stream_of(std::size_t number) {
  return "bench:" + std::to_string(number % streams);
}

class adder_process {
 public:
  /// Before any other thread is started. Adds nothing before `go`.
  explicit adder_process(const task& what) {
    if (::pipe(start_) != 0) fail("no pipe");
    process_ = ::fork();
    if (process_ == 0) {
      char sign = 0;
      if (::read(start_[0], &sign, 1) == 1) add(what);
      ::_exit(0);
    }
  }
  adder_process(const adder_process&) = delete;
  adder_process& operator=(const adder_process&) = delete;
  ~adder_process() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }

  void go() {
    if (::write(start_[1], "g", 1) != 1) fail("the adder is gone");
  }

 private:
  static void add(const task& what) {
    raw_socket server(what.server);
    std::size_t sent = 0;
    std::size_t lines = 0;
    while (lines < 2 * what.messages) {
      std::string commands;
      for (const auto end = std::min(lines / 2 + unconfirmed, what.messages); sent < end; ++sent) {
        commands += frame("XADD", stream_of(sent), "*", "payload", payload());
      }
      server.write(commands);
      const auto come = server.read();
      lines += static_cast<std::size_t>(std::count(come.begin(), come.end(), '\n'));
    }
  }

  int start_[2] = {};
  pid_t process_ = -1;
};

}  // namespace bench
