#include "line_source.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <unistd.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace sluice::cli {
namespace {

constexpr std::size_t longest_line = std::size_t{16} << 20U;

}  // namespace

line_source::line_source(boost::asio::any_io_executor executor, int descriptor)
    : input_(std::move(executor)) {
  boost::system::error_code refused;
  input_.assign(descriptor, refused);
  if (refused) file_ = descriptor;
}

boost::asio::awaitable<std::optional<std::string>> line_source::next() {
  auto end = buffer_.find('\n');
  while (end == std::string::npos && !ended_) {
    const auto searched = buffer_.size();
    const bool more = co_await read_more();
    if (!more) ended_ = true;
    if (buffer_.size() > longest_line) {
      throw std::length_error("line " + std::to_string(number_ + 1) + " is longer than 16 MiB");
    }
    end = buffer_.find('\n', searched);
  }
  if (end == std::string::npos && buffer_.empty()) co_return std::nullopt;
  auto line = buffer_.substr(0, end);
  buffer_.erase(0, end == std::string::npos ? end : end + 1);
  ++number_;
  co_return std::optional<std::string>(std::move(line));
}

boost::asio::awaitable<bool> line_source::read_more() {
  std::array<char, 65'536> bytes;
  if (file_ >= 0) {
    const auto count = ::read(file_, bytes.data(), bytes.size());
    if (count > 0) buffer_.append(bytes.data(), static_cast<std::size_t>(count));
    co_return count > 0;
  }
  boost::system::error_code failure;
  const auto count = co_await input_.async_read_some(
      boost::asio::buffer(bytes), boost::asio::redirect_error(boost::asio::use_awaitable, failure));
  buffer_.append(bytes.data(), count);
  co_return !failure;
}

void line_source::stop() {
  ended_ = true;
  buffer_.clear();
  boost::system::error_code ignored;
  input_.cancel(ignored);
}

}  // namespace sluice::cli
