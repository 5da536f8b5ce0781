#include "process/forked_worker.hpp"

#include "sluice/core/thrown.hpp"

#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>

namespace sluice {
namespace {

// A parent that died before the system was asked to tell of it would never be missed.
void die_with(::pid_t parent) noexcept {
#ifdef __linux__
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
  if (::getppid() != parent) ::_exit(1);
}

void complain(std::size_t number, const std::string& of, const std::exception_ptr& failure) {
  std::cerr << "worker " + std::to_string(number) + " (process " + std::to_string(::getpid()) +
                   ") failed" + of + ": " + thrown_text(failure) + '\n';
}

void tell_extensions(std::size_t number, const worker_kit& kit) {
  for (const auto& each : kit.extensions) {
    try {
      each->on_fork(number);
    } catch (...) {
      complain(number, " in on_fork of the extension '" + each->name() + "'",
               std::current_exception());
    }
  }
}

void flush_streams() {
  std::cout.flush();
  std::clog.flush();
  std::fflush(nullptr);
}

// What the parent has made to be undone at its end is not this process's to undo: hence _exit.
[[noreturn]] void work_and_exit(std::size_t number, const std::shared_ptr<const worker_kit>& kit,
                                const supervisor::work& work) noexcept {
  int code = 0;
  try {
    tell_extensions(number, *kit);
    worker_process me(number, kit);
    work(me);
  } catch (...) {
    complain(number, "", std::current_exception());
    code = 1;
  }
  flush_streams();
  ::_exit(code);
}

}  // namespace

::pid_t fork_worker(std::size_t number, const std::shared_ptr<const worker_kit>& kit,
                    const held_signals& signals, const supervisor::work& work) {
  // What is still in a buffer would be written twice.
  flush_streams();
  const auto parent = ::getpid();
  const auto process = ::fork();
  if (process != 0) return process;
  die_with(parent);
  signals.leave_to_supervisor();
  work_and_exit(number, kit, work);
}

}  // namespace sluice
