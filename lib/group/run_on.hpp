// Going over to another executor for a while, and coming back.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace sluice {

/// Awaits `act` on `where`: directly when that is where the caller is already.
inline boost::asio::awaitable<void> run_on(boost::asio::any_io_executor where,
                                           boost::asio::awaitable<void> act) {
  const auto here = co_await boost::asio::this_coro::executor;
  if (here == where) {
    co_await std::move(act);
  } else {
    co_await boost::asio::co_spawn(where, std::move(act), boost::asio::use_awaitable);
  }
}

}  // namespace sluice
