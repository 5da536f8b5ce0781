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

}  // namespace sluice::cli
