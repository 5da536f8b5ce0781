// What a worker's listeners do, for the supervisor.
#pragma once

#include "process/figure_board.hpp"

#include "sluice/app/listener_stats.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>

namespace sluice {

/// Once a second: that costs less than writing what every message changes.
class board_writer final : public listener_stats {
 public:
  board_writer(std::shared_ptr<figure_board> board, std::size_t number)
      : listener_stats(std::chrono::seconds(1)), board_(std::move(board)), number_(number) {}

 private:
  void report(const process_figures& now) override { board_->write(number_, now); }

  std::shared_ptr<figure_board> board_;
  std::size_t number_;
};

}  // namespace sluice
