#include "cli/membership.hpp"

#include "cli/complain.hpp"

#include <sluice/core/result.hpp>
#include <sluice/redis/script.hpp>

#include <cstdint>

namespace sluice::cli {
namespace {

// As one step on the server: in between, the entries of a late read could become pending.
const script& leave_script() {
  static const script made(
      "local held = redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1000, ARGV[2]) "
      "if #held == 0 then redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2]) end "
      "return #held");
  return made;
}

// A read that was under way, the script that gives back, that script in full where the server does
// not know it, and the same once more for entries that were being claimed: each is done before a
// command that comes later is answered.
constexpr int most_steps = 10;

boost::asio::awaitable<bool> holds_any(client& redis, const std::string& stream,
                                       const std::string& group, const std::string& consumer) {
  const auto held =
      co_await as_result(redis.exec("XPENDING", stream, group, "-", "+", 1, consumer));
  co_return held.has_value() && held->value().size() > 0;
}

}  // namespace

boost::asio::awaitable<void> leave_group(client redis, std::vector<std::string> streams,
                                         std::string group, std::string consumer) {
  for (const auto& stream : streams) {
    const std::vector<std::string> keys(1, stream);
    std::vector<std::string> who;
    who.push_back(group);
    who.push_back(consumer);
    const auto left = co_await as_result(redis.exec(leave_script(), keys, who));
    // Where scripts are not permitted the name stays; that is no harm.
    if (left.has_error()) continue;
    const auto held = left->as<std::int64_t>();
    if (held > 0) {
      complain(std::to_string(held) + (held == 1000 ? " or more" : "") + " entries of " + stream +
               " stay pending; --consumer " + consumer + " gets them again");
    }
  }
}

boost::asio::awaitable<void> until_handed_over(client redis, std::vector<std::string> streams,
                                               std::string group, std::string consumer) {
  for (const auto& stream : streams) {
    for (int step = 0; step < most_steps; ++step) {
      const bool holds = co_await holds_any(redis, stream, group, consumer);
      // Once more than needed at the beginning: a read under way shows only when it is answered.
      if (!holds && step > 0) break;
    }
  }
}

}  // namespace sluice::cli
