#include "cli/line_sink.hpp"

#include "cli/exit_code.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstring>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

// A pipe that polls as writable takes so many bytes without waiting: pipe(7).
constexpr std::size_t pipe_step = PIPE_BUF;
constexpr std::size_t file_step = std::size_t{1} << 20U;

}  // namespace

line_sink::line_sink(const asio::any_io_executor& executor, int descriptor)
    : writable_(std::make_shared<readiness>(executor, descriptor, readiness::kind::writable)),
      reader_gone_(executor, descriptor, readiness::kind::abandoned),
      patience_(executor),
      descriptor_(descriptor) {}

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
    } else if (errno == EPIPE) {
      abandoned_ = true;
    } else if (errno != EINTR && errno != EAGAIN) {
      throw failure(trouble, std::string("cannot write the output: ") + std::strerror(errno));
    }
  }
  co_return taken;
}

asio::awaitable<bool> line_sink::until_abandoned() {
  if (!reader_gone_.can_wait()) co_return false;
  const bool gone = co_await reader_gone_.wait();
  abandoned_ = abandoned_ || gone;
  co_return gone;
}

void line_sink::stop() {
  reader_gone_.stop();
  patience_.expires_after(2s);
  // A time that is over is told, also when this object is gone by then.
  patience_.async_wait([waits = std::weak_ptr(writable_)](const boost::system::error_code& ended) {
    const auto still = waits.lock();
    if (!ended && still) still->stop();
  });
}

}  // namespace sluice::cli
