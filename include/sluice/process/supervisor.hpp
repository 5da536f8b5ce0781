// A crew of processes that do the same work, and one that looks after them.
#pragma once

#include "sluice/app/extension.hpp"
#include "sluice/process/process_event.hpp"
#include "sluice/process/worker_figures.hpp"
#include "sluice/process/worker_process.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace sluice {

/// Forks worker processes and replaces those that die, grow too old or too big. Setters return the
/// object.
///
/// @code
/// sluice::supervisor crew;
/// crew.processes(4).restart_after(24h).restart_above(512 << 20).drain_within(45s);
/// return crew.run([](sluice::worker_process& me) {
///   boost::asio::io_context io(1);
///   sluice::app billing(sluice::client(io.get_executor(), "redis://localhost"), "billing");
///   billing.listen("charge", charge);
///   me.run(io, billing);
/// });
/// @endcode
///
/// It forks, so `run` comes before anything that a fork would tear apart: threads, execution
/// contexts, connections. It makes none itself.
///
/// Signals: SIGTERM and SIGINT end the crew in good order; said again, at once. SIGHUP replaces all
/// processes, one after the other; where the program has a terminal, which is then gone, it ends
/// the crew. A worker is ended by SIGTERM, and ignores the other two.
///
/// Thread rule: used on one thread, the only one of its process.
class supervisor {
 public:
  /// A worker's work, from its beginning to its end. One that returns, or throws, is replaced.
  using work = std::function<void(worker_process&)>;
  /// Hears what happens to the processes; must not block.
  using event_handler = std::function<void(const process_event&)>;
  /// Hears how all processes are; must not block.
  using report_handler = std::function<void(const std::vector<worker_figures>&)>;

  /// One process, replaced when it dies.
  supervisor();

  /// How many processes, from 1 to 4096. Default 1.
  ///
  /// Throws `error` with `errc::invalid_argument`.
  supervisor& processes(std::size_t count);
  /// Replaces a process at that age, > 0; one after the other. Default: never.
  ///
  /// Throws `error` with `errc::invalid_argument`.
  supervisor& restart_after(std::chrono::milliseconds age);
  /// Replaces a process that has more than so many bytes in memory, > 0, as `/proc` says once a
  /// second; one after the other. Default: never.
  ///
  /// Throws `error` with `errc::invalid_argument`.
  supervisor& restart_above(std::uint64_t bytes);
  /// How long a process may take to end, ≥ 0, before it is killed. It should be longer than what
  /// its listeners have; see `listener_options::drain_within`. Default 45 s.
  ///
  /// Throws `error` with `errc::invalid_argument`.
  supervisor& drain_within(std::chrono::milliseconds limit);
  /// How long one that died soon after it had begun is not replaced: `first` (> 0), and twice as
  /// long each time it happens again, up to `longest` (≥ first). One that has lived for longer than
  /// `longest` is replaced at once. Default 100 ms and 30 s.
  ///
  /// Throws `error` with `errc::invalid_argument`.
  supervisor& backoff(std::chrono::milliseconds first, std::chrono::milliseconds longest);
  /// Calls its `on_fork` in each process before anything else, and extends the apps that the
  /// workers run. Each process has a copy of its own, as it is when the process is forked. What
  /// `on_fork` throws is told on the standard error stream.
  ///
  /// Throws `error` with `errc::invalid_argument` for null.
  supervisor& extend(std::shared_ptr<extension> what);
  /// Who hears what happens. By default a line on the standard error stream for each event. What it
  /// throws ends the crew, and comes out of `run`.
  supervisor& on_event(event_handler handler);
  /// Reports how all processes are at that interval, > 0. What `handler` throws ends the crew, and
  /// comes out of `run`.
  ///
  /// Throws `error` with `errc::invalid_argument`.
  supervisor& report_every(std::chrono::milliseconds interval, report_handler handler);

  /// Keeps the processes at work until it is told to end; then none is left. Each has the system's
  /// word that it is killed when this process dies.
  ///
  /// Returns 0 when all ended in order, 1 when one had to be killed, or ended with a failure: what
  /// `main` returns.
  ///
  /// Throws `error` with `errc::invalid_argument` where this process has other threads, or where
  /// `restart_above` is wanted and there is no `/proc`; what the handlers throw.
  int run(const work& what);

 private:
  friend class supervision;

  std::size_t processes_ = 1;
  std::chrono::milliseconds age_{0};  // 0: for ever
  std::uint64_t memory_ = 0;          // 0: as much as there is
  std::chrono::milliseconds drain_{45'000};
  std::chrono::milliseconds first_pause_{100}, longest_pause_{30'000};
  std::vector<std::shared_ptr<extension>> extensions_;
  event_handler tell_;
  std::chrono::milliseconds report_every_{0};
  report_handler report_;
};

}  // namespace sluice
