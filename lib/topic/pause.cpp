#include "topic/pause.hpp"

#include "redis/nap.hpp"

#include <utility>

namespace sluice {

boost::asio::awaitable<void> pause::wait(client redis, clock::duration time) {
  auto& link = client_access::link(redis);
  if (ended_ || link.closed()) co_return;
  nap here(link, time, &under_way_);
  co_await here.wait();
  if (here.was_cancelled()) throw error(errc::cancelled, "cancelled during a pause");
}

void pause::end() noexcept {
  ended_ = true;
  if (under_way_ != nullptr) under_way_->wake();
}

}  // namespace sluice
