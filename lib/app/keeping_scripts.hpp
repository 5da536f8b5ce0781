// What scripts that keep messages until they are due have in common.
#pragma once

#include "sluice/redis/script.hpp"

#include <initializer_list>
#include <string>

namespace sluice::keeping {

/// The server's time: `now` in whole ms, `precise` with their parts, so that what is kept in one
/// millisecond keeps its order.
inline constexpr const char* server_clock = R"lua(
local time = redis.call('TIME')
local precise = time[1] * 1000 + time[2] / 1000
local now = math.floor(precise)
)lua";

/// `store(call, m, i)` sends the message whose kind, key and words are m[i], m[i + 1], …
inline constexpr const char* store = R"lua(
local function store(call, m, i)
  if m[i] == 'list' then
    local answer = call('LPUSH', m[i + 1], m[i + 2])
    if m[i + 3] then call('EXPIRE', m[i + 1], m[i + 3]) end
    return answer
  end
  return call('XADD', m[i + 1], '*', unpack(m, i + 2))
end
)lua";

/// `keep(due, set, messages, id, m, i)` keeps that message until then.
inline constexpr const char* keep = R"lua(
local function keep(due, set, messages, id, m, i)
  redis.call('HSET', messages, id, cmsgpack.pack({unpack(m, i)}))
  redis.call('ZADD', set, due, id)
end
)lua";

inline script made_of(std::initializer_list<const char*> parts) {
  std::string text;
  for (const auto* const each : parts) text += each;
  return script(std::move(text));
}

}  // namespace sluice::keeping
