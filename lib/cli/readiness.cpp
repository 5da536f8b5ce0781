#include "cli/readiness.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/epoll.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

namespace sluice::cli {
namespace asio = boost::asio;
namespace {

std::uint32_t events_of(readiness::kind what) {
  switch (what) {
    case readiness::kind::readable:
      return EPOLLIN;
    case readiness::kind::writable:
      return EPOLLOUT;
    case readiness::kind::abandoned:
      break;
  }
  return 0;  // EPOLLERR and EPOLLHUP are reported always: epoll_ctl(2)
}

}  // namespace

readiness::readiness(const asio::any_io_executor& executor, int descriptor, kind what)
    : watch_(executor) {
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  watch_.assign(epoll);
  ::epoll_event wanted{};
  wanted.events = events_of(what);
  can_wait_ = ::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &wanted) == 0;
}

asio::awaitable<bool> readiness::wait() {
  if (!can_wait_) {
    co_await asio::post(watch_.get_executor(), asio::use_awaitable);
  } else if (!stopped_) {
    boost::system::error_code cancelled;
    co_await watch_.async_wait(asio::posix::stream_descriptor::wait_read,
                               asio::redirect_error(asio::use_awaitable, cancelled));
  }
  co_return !stopped_;
}

void readiness::stop() {
  stopped_ = true;
  boost::system::error_code ignored;
  watch_.cancel(ignored);
}

}  // namespace sluice::cli
