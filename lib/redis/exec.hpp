// Executing a command in a coroutine, for clients and for the machinery of the floors above.
#pragma once

#include "redis/call.hpp"

#include "sluice/redis/command.hpp"
#include "sluice/redis/reply.hpp"
#include "sluice/redis/script.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

/// Sends a command and gives its reply. `kept` stays alive meanwhile: a client, which keeps the
/// connection from being stopped; or the connection alone, for work that ends with the last client.
template <class Keeper>
boost::asio::awaitable<reply> exec_keeping([[maybe_unused]] Keeper kept, connection& link,
                                           command what) {
  const auto frame = what.frame();
  call operation(link, what.timeout());
  if (operation.must_wait_for_room(frame.size())) co_await operation.wait();
  operation.start(frame, 1, what.repeatable() ? risk::repeatable : risk::once);
  if (operation.pending()) co_await operation.wait();
  operation.check(what.name());
  co_return operation.take();
}

/// For machinery: does not keep the connection from being stopped, so that it ends with the last
/// client.
boost::asio::awaitable<reply> exec_on(std::shared_ptr<connection> link, command what);
/// The same with a script, which must live long enough. Sent again on a broken link.
boost::asio::awaitable<reply> exec_on(std::shared_ptr<connection> link, const script& what,
                                      std::vector<std::string> keys,
                                      std::vector<std::string> arguments);

}  // namespace sluice
