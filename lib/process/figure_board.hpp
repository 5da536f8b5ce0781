// Where the processes of a crew write their figures, for the supervisor to read.
#pragma once

#include "sluice/app/listener_stats.hpp"

#include <cstddef>

namespace sluice {

/// Memory that a process shares with those that it forks later: a slot for each, written by one
/// process and read by the supervisor while it is. A slot has room for 64 topics; names longer than
/// 95 bytes are cut.
class figure_board final {
 public:
  /// Throws `std::bad_alloc`.
  explicit figure_board(std::size_t slots);
  figure_board(const figure_board&) = delete;
  figure_board& operator=(const figure_board&) = delete;
  ~figure_board();

  void write(std::size_t number, const process_figures& what) noexcept;
  process_figures read(std::size_t number) const;
  void clear(std::size_t number) noexcept;

 private:
  struct slot;

  std::size_t count_;
  slot* slots_;
};

}  // namespace sluice
