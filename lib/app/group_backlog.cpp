#include "app/group_backlog.hpp"

#include "redis/exec.hpp"

#include "sluice/redis/script.hpp"

#include <utility>
#include <vector>

namespace sluice {
namespace asio = boost::asio;
namespace {

// Entries that were deleted ahead of a group's position leave the server without its lag.
const script& lag_script() {
  static const script made = script(R"lua(
if redis.call('EXISTS', KEYS[1]) == 0 then return false end
for _, each in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local of = {}
  for i = 1, #each, 2 do of[each[i]] = each[i + 1] end
  if of['name'] == ARGV[1] then
    if of['lag'] then return of['lag'] end
    local first = '(' .. of['last-delivered-id']
    return #redis.call('XRANGE', KEYS[1], first, '+', 'COUNT', 1000)
  end
end
return false
)lua")
                                 .repeatable(true);
  return made;
}

}  // namespace

asio::awaitable<std::optional<std::uint64_t>> group_backlog(std::shared_ptr<connection> link,
                                                            std::string stream, std::string group) {
  std::vector<std::string> keys(1, std::move(stream));
  std::vector<std::string> words(1, std::move(group));
  auto asked = exec_on(std::move(link), lag_script(), std::move(keys), std::move(words));
  const auto answer = co_await std::move(asked);
  co_return answer.as<std::optional<std::uint64_t>>();
}

}  // namespace sluice
