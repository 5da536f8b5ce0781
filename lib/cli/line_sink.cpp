#include "cli/line_sink.hpp"

#include "cli/exit_code.hpp"

#include <sluice/core/result.hpp>

#include <boost/asio/co_spawn.hpp>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstring>
#include <utility>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

// A pipe that polls as writable takes so many bytes without waiting: pipe(7).
constexpr std::size_t pipe_step = PIPE_BUF;
constexpr std::size_t file_step = std::size_t{1} << 20U;

// Once it was stopped it is not `abandoned` any more, and whoever had wanted to know may be gone.
asio::awaitable<void> watch(std::shared_ptr<readiness> abandoned, std::function<void()> act) {
  const bool gone = co_await abandoned->wait();
  if (gone) act();
}

}  // namespace

line_sink::line_sink(const asio::any_io_executor& executor, int descriptor)
    : writable_(std::make_shared<readiness>(executor, descriptor, readiness::kind::writable)),
      reader_gone_(std::make_shared<readiness>(executor, descriptor, readiness::kind::abandoned)),
      patience_(executor),
      descriptor_(descriptor),
      terminal_(::isatty(descriptor) == 1) {}

asio::awaitable<std::size_t> line_sink::write(std::vector<std::string> lines) {
  std::string bytes;
  for (const auto& each : lines) bytes.append(each).push_back('\n');
  auto left = co_await write_bytes(bytes);
  std::size_t whole = 0;
  while (whole < lines.size() && left > lines[whole].size()) left -= lines[whole++].size() + 1;
  co_return whole;
}

asio::awaitable<std::size_t> line_sink::write_bytes(std::string_view bytes) {
  const auto step = writable_->can_wait() ? pipe_step : file_step;
  std::size_t taken = 0;
  while (taken < bytes.size() && !abandoned_) {
    const bool writable = co_await writable_->wait();
    if (!writable) break;
    const auto part = bytes.substr(taken, step);
    const auto count = ::write(descriptor_, part.data(), part.size());
    if (count >= 0) {
      taken += static_cast<std::size_t>(count);
    } else if (errno == EPIPE || (errno == EIO && terminal_)) {
      // EIO: a terminal that was closed.
      abandoned_ = true;
    } else if (errno != EINTR && errno != EAGAIN) {
      throw failure(trouble, std::string("cannot write the output: ") + std::strerror(errno));
    }
  }
  co_return taken;
}

void line_sink::when_abandoned(std::function<void()> act) {
  if (!reader_gone_->can_wait()) return;
  auto on_gone = [this, act = std::move(act)] {
    abandoned_ = true;
    act();
  };
  asio::co_spawn(patience_.get_executor(), watch(reader_gone_, std::move(on_gone)), rethrow);
}

void line_sink::stop() {
  reader_gone_->stop();
  patience_.expires_after(2s);
  // A time that is over is told, also when this object is gone by then.
  patience_.async_wait([waits = std::weak_ptr(writable_)](const boost::system::error_code& ended) {
    const auto still = waits.lock();
    if (!ended && still) still->stop();
  });
}

}  // namespace sluice::cli
