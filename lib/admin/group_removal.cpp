#include "admin/group_removal.hpp"

#include "admin/reading.hpp"
#include "group/ownership.hpp"

#include "sluice/core/error.hpp"
#include "sluice/redis/script.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace sluice::admin {
namespace asio = boost::asio;
namespace {

constexpr std::size_t released_at_once = 100;
constexpr int removal_rounds = 10;
// Long enough for a member that lives to ask about what it had.
constexpr auto robbed_for = std::chrono::hours(2);

// KEYS: the stream, and the keys that members of this library keep beside it.
const script& remove_group_script() {
  static const script made(R"lua(
local found = redis.pcall('XPENDING', KEYS[1], ARGV[1])
if found.err then
  if string.find(found.err, 'NOGROUP', 1, true) then return {0, 0} end
  return found
end
if found[1] > 0 and ARGV[2] == '0' then return {0, found[1]} end
redis.call('XGROUP', 'DESTROY', KEYS[1], ARGV[1])
for i = 2, #KEYS do redis.call('DEL', KEYS[i]) end
return {1, found[1]}
)lua");
  return made;
}

// No coroutine may make these: GCC 12 takes them for overrun where it optimises.
std::vector<std::string> keys_beside(const group_place& at) {
  return {at.stream, at.released_key(), at.sweeper_key()};
}

std::vector<std::string> removal_words(const std::string& group, bool drop_pending) {
  return {group, drop_pending ? "1" : "0"};
}

asio::awaitable<reply> run_step(client redis, ownership_step step) {
  const reply answer =
      co_await redis.exec(*step.what, std::move(step.keys), std::move(step.arguments));
  co_return answer;
}

/// How many entries a consumer has in hand; empty where none of that name is listed.
asio::awaitable<std::optional<std::uint64_t>> in_hand(client redis, group_place at,
                                                      std::string consumer) {
  const group_desk desk(std::move(redis), at.stream, at.group);
  const auto all = co_await desk.consumers();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&consumer](const auto& each) { return each.name == consumer; });
  std::optional<std::uint64_t> count;
  if (found != all.end()) count = found->pending;
  co_return count;
}

}  // namespace

asio::awaitable<std::size_t> release_all(client redis, std::string stream, std::string group,
                                         std::string consumer) {
  const group_place at{stream, group};
  const auto held = co_await in_hand(redis, at, consumer);
  std::size_t released = 0;
  // So often and no more: one that lives may take entries as fast as they are given back.
  for (auto left = held.value_or(0) / released_at_once + 1; left > 0; --left) {
    const reply answer =
        co_await run_step(redis, ownership::orphan_all(at, consumer, released_at_once, robbed_for));
    const auto some = static_cast<std::size_t>(count_in(answer.value()[0]));
    released += some;
    if (some < released_at_once) break;
  }
  co_return released;
}

// One that lives may take more between the two steps: the second refuses then, and both are done
// again, but not for ever.
asio::awaitable<bool> release_and_remove(client redis, std::string stream, std::string group,
                                         std::string consumer) {
  const group_place at{stream, group};
  const auto held = co_await in_hand(redis, at, consumer);
  if (!held) co_return false;
  for (int left = removal_rounds; left > 0; --left) {
    co_await release_all(redis, stream, group, consumer);
    const reply answer = co_await run_step(redis, ownership::reap(at, consumer));
    if (count_in(answer.value()) > 0) co_return true;
  }
  throw error(errc::overloaded, "consumer '" + consumer +
                                    "' lives, and takes entries as fast as they are given back: "
                                    "stop it first");
}

asio::awaitable<group_removal> remove_group(client redis, std::string stream, std::string group,
                                            bool drop_pending) {
  const group_place at{stream, group};
  auto keys = keys_beside(at);
  auto words = removal_words(group, drop_pending);
  const reply answer =
      co_await redis.exec(remove_group_script(), std::move(keys), std::move(words));
  group_removal what;
  what.removed = count_in(answer.value()[0]) > 0;
  what.pending = count_in(answer.value()[1]);
  co_return what;
}

}  // namespace sluice::admin
