#include "sluice/process/worker_process.hpp"

#include "process/board_writer.hpp"
#include "process/worker_kit.hpp"

#include "sluice/process/run_until_signalled.hpp"

namespace sluice {

void worker_process::run(boost::asio::io_context& io, app& what) const {
  for (const auto& each : kit_->extensions) what.extend(each);
  if (kit_->board) what.extend(std::make_shared<board_writer>(kit_->board, number_));
  run_until_signalled(io, what);
}

}  // namespace sluice
