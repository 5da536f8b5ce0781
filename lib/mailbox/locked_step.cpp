#include "mailbox/locked_step.hpp"

#include "core/bounded.hpp"
#include "mailbox/box_watch.hpp"
#include "redis/client_access.hpp"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

std::string lock_in(const reply& answer, const std::vector<std::string>& keys) {
  return keys.at(static_cast<std::size_t>(answer.value()[0].integer().value_or(1)) - 1);
}

// A lock that expires may be found so late that it rings no bell in time.
clock::time_point end_of_lock(const reply& answer, clock::time_point now) {
  const auto left = answer.value()[1].integer().value_or(-1);
  return left < 0 ? clock::time_point::max() : now + std::chrono::milliseconds(left + 1);
}

}  // namespace

bool found_lock(const reply& answer) { return answer.value().is_aggregate(); }

error lock_held(const reply& answer, const std::vector<std::string>& keys) {
  return {errc::timeout, "somebody holds the lock '" + lock_in(answer, keys) +
                             "' and nothing was changed: try again, or raise lock_patience"};
}

boost::asio::awaitable<reply> try_unlocked(client redis, const script& what,
                                           std::vector<std::string> keys,
                                           std::vector<std::string> arguments,
                                           clock::time_point limit) {
  auto& link = client_access::link(redis);
  reply answer = co_await redis.exec(what, keys, arguments);
  if (!found_lock(answer)) co_return answer;
  box_watch bell(link);
  while (found_lock(answer)) {
    const auto now = link.time().now();
    if (now >= limit) break;
    const bool armed = !bell.watch({lock_in(answer, keys)});
    if (armed) co_await bell.wait(std::min(limit, end_of_lock(answer, now)));
    bell.take_news();
    answer = co_await redis.exec(what, keys, arguments);
  }
  co_return answer;
}

boost::asio::awaitable<reply> run_unlocked(client redis, const script& what,
                                           std::vector<std::string> keys,
                                           std::vector<std::string> arguments,
                                           std::chrono::milliseconds patience) {
  const auto limit = client_access::link(redis).time().now() + bounded(patience);
  reply answer = co_await try_unlocked(std::move(redis), what, keys, std::move(arguments), limit);
  if (found_lock(answer)) throw lock_held(answer, keys);
  co_return answer;
}

}  // namespace sluice
