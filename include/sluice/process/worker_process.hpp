// A process of a supervisor's crew, seen from inside.
#pragma once

#include "sluice/app/app.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace sluice {

/// What a worker's function is given.
///
/// Thread rule: used on the thread that calls the function.
/// Lifetime: valid until the function returns.
class worker_process {
 public:
  /// Made by supervisors.
  explicit worker_process(std::size_t number, std::shared_ptr<const struct worker_kit> kit)
      : number_(number), kit_(std::move(kit)) {}
  worker_process(const worker_process&) = delete;
  worker_process& operator=(const worker_process&) = delete;

  /// Which of the processes it is, from 0; one that is started in another's place has its number.
  std::size_t number() const noexcept { return number_; }

  /// Runs an app until it has ended, as `run_until_signalled` does: when the supervisor ends or
  /// replaces the process, the app drains. The supervisor's extensions are given to the app, and
  /// what its listeners do is in the supervisor's reports.
  ///
  /// Throws what `app::run` throws; `error` with `errc::invalid_argument` if it runs already.
  void run(boost::asio::io_context& io, app& what) const;

 private:
  std::size_t number_;
  std::shared_ptr<const worker_kit> kit_;
};

}  // namespace sluice
