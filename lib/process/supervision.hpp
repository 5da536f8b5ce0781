// A supervisor at work.
#pragma once

#include "process/crew_plan.hpp"
#include "process/held_signals.hpp"
#include "process/worker_kit.hpp"

#include "sluice/process/supervisor.hpp"

#include <cstddef>
#include <memory>
#include <string_view>

#include <sys/types.h>

namespace sluice {

/// Does what the plan says, and tells it what happens. It makes no descriptors and no threads, so
/// that the processes inherit none.
class supervision final {
 public:
  /// Throws as `supervisor::run`.
  supervision(const supervisor& how, const supervisor::work& what);
  supervision(const supervision&) = delete;
  supervision& operator=(const supervision&) = delete;
  /// Whoever is left is killed.
  ~supervision();

  int run();

 private:
  void on_signal(int signal);
  void obey(const crew_plan::order& what);
  void start(std::size_t number);
  void send(std::size_t number, int signal) const noexcept;
  void reap();
  void on_reaped(::pid_t process, int status);
  void on_ended(std::size_t number, const process_end& how);
  void look_after_memory();
  void report();
  clock::duration patience() const;
  process_event event_of(std::size_t number, process_event::kind what) const;
  void tell(const process_event& what) const { how_.tell_(what); }

  const supervisor& how_;
  const supervisor::work& work_;
  std::shared_ptr<clock> time_;
  std::shared_ptr<worker_kit> kit_;
  bool has_terminal_;
  bool failed_ = false;
  clock::time_point look_at_ = clock::time_point::max();
  clock::time_point report_at_ = clock::time_point::max();
  held_signals signals_;
  crew_plan plan_;
};

}  // namespace sluice
