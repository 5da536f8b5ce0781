#include "cli/line_source.hpp"

#include "cli/exit_code.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace sluice::cli {
namespace {

constexpr std::size_t block = 65'536;

}  // namespace

line_source::line_source(boost::asio::any_io_executor executor, int descriptor)
    : readable_(std::move(executor), descriptor, readiness::kind::readable),
      descriptor_(descriptor) {}

boost::asio::awaitable<std::optional<line>> line_source::next() {
  while (!stopped_) {
    const auto end = buffer_.find('\n', searched_);
    if (end != std::string::npos) co_return take(end);
    if (ended_) {
      const bool empty = begin_ == buffer_.size() && !skipping_;
      co_return empty ? std::nullopt : take(buffer_.size());
    }
    buffer_.erase(0, std::exchange(begin_, 0));
    if (buffer_.size() > longest) {
      skipping_ = true;
      buffer_.clear();
    }
    searched_ = buffer_.size();
    co_await read_more();
  }
  co_return std::nullopt;
}

std::optional<line> line_source::take(std::size_t end) {
  const bool too_long = std::exchange(skipping_, false) || end - begin_ > longest;
  auto text = too_long ? std::string() : buffer_.substr(begin_, end - begin_);
  begin_ = searched_ = std::min(end + 1, buffer_.size());
  return line(std::move(text), ++count_, too_long);
}

boost::asio::awaitable<void> line_source::read_more() {
  const bool readable = co_await readable_.wait();
  if (!readable) co_return;
  const auto before = buffer_.size();
  buffer_.resize(before + block);
  const auto got = ::read(descriptor_, buffer_.data() + before, block);
  const int reason = errno;
  buffer_.resize(before + (got > 0 ? static_cast<std::size_t>(got) : 0));
  if (got == 0) ended_ = true;
  if (got < 0 && reason != EINTR && reason != EAGAIN) {
    throw failure(bad_input, std::string("cannot read the input: ") + std::strerror(reason));
  }
}

void line_source::stop() {
  stopped_ = true;
  readable_.stop();
}

}  // namespace sluice::cli
