#include "mailbox/locked_step.hpp"

#include "core/bounded.hpp"
#include "mailbox/box_watch.hpp"
#include "redis/client_access.hpp"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

// A lock that expires may be found so late that it rings no bell in time.
clock::time_point end_of_lock(const reply& answer, clock::time_point now) {
  const auto left = answer.value()[1].integer().value_or(-1);
  return left < 0 ? clock::time_point::max() : now + std::chrono::milliseconds(left + 1);
}

}  // namespace

boost::asio::awaitable<reply> run_unlocked(client redis, const script& what,
                                           std::vector<std::string> keys,
                                           std::vector<std::string> arguments,
                                           std::chrono::milliseconds patience) {
  auto& link = client_access::link(redis);
  const auto limit = link.time().now() + bounded(patience);
  reply answer = co_await redis.exec(what, keys, arguments);
  if (!answer.value().is_aggregate()) co_return answer;
  box_watch bell(link);
  while (answer.value().is_aggregate()) {
    const auto place = static_cast<std::size_t>(answer.value()[0].integer().value_or(1));
    const auto lock = keys.at(place - 1);
    const auto now = link.time().now();
    if (now >= limit) {
      throw error(errc::timeout,
                  "somebody holds the lock '" + lock +
                      "' and nothing was changed: try again, or raise lock_patience");
    }
    const bool armed = !bell.watch(std::set<std::string>{lock});
    if (armed) co_await bell.wait(std::min(limit, end_of_lock(answer, now)));
    bell.expect();
    answer = co_await redis.exec(what, keys, arguments);
  }
  co_return answer;
}

}  // namespace sluice
