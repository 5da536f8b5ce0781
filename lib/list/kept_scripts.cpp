#include "list/kept_scripts.hpp"

namespace sluice {
namespace {

// Before what is done once. Numbers of steps that nobody repeats any more are forgotten.
constexpr auto once = R"lua(
local first = 3 + ARGV[2]
if redis.call('SADD', KEYS[2], ARGV[1]) == 0 then return 0 end
redis.call('PEXPIRE', KEYS[2], 86400000)
if first > 3 then redis.call('SREM', KEYS[2], unpack(ARGV, 3, first - 1)) end
)lua";

script done_once(const char* what) {
  script made(std::string(once) + what);
  made.repeatable(true);
  return made;
}

}  // namespace

const script& take_script() {
  static const script made(R"lua(
local taken = {}
if ARGV[2] ~= '-1' then
  local strays = math.min(redis.call('LLEN', KEYS[2]) - ARGV[2], tonumber(ARGV[1]))
  for i = strays - 1, 0, -1 do taken[#taken + 1] = redis.call('LINDEX', KEYS[2], i) end
end
while #taken < tonumber(ARGV[1]) do
  local each = redis.call('LMOVE', KEYS[1], KEYS[2], ARGV[4], 'LEFT')
  if not each then break end
  taken[#taken + 1] = each
end
if #taken > 0 then
  local time = redis.call('TIME')
  redis.call('ZADD', KEYS[3], time[1] * 1000 + math.floor(time[2] / 1000), KEYS[2])
  redis.call('PEXPIRE', KEYS[2], ARGV[3])
  redis.call('PEXPIRE', KEYS[3], ARGV[3])
end
return {taken, redis.call('LLEN', KEYS[1])}
)lua");
  return made;
}

const script& forget_script() {
  static const script made = done_once(R"lua(
return redis.call('LREM', KEYS[1], -1, ARGV[first])
)lua");
  return made;
}

const script& bury_script() {
  static const script made = done_once(R"lua(
redis.call('XADD', KEYS[3], unpack(ARGV, first))
return redis.call('LREM', KEYS[1], -1, ARGV[#ARGV])
)lua");
  return made;
}

const script& give_back_script() {
  static const script made = done_once(R"lua(
local lifetime, push = ARGV[first], ARGV[first + 1]
for i = first + 2, #ARGV do
  if redis.call('LREM', KEYS[1], 1, ARGV[i]) > 0 then redis.call(push, KEYS[3], ARGV[i]) end
end
if lifetime ~= '0' then redis.call('EXPIRE', KEYS[3], lifetime) end
return 1
)lua");
  return made;
}

const script& beat_script() {
  static const script made(R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[1] == '1' then
  redis.call('ZADD', KEYS[1], now, KEYS[2])
  redis.call('PEXPIRE', KEYS[2], ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
else
  redis.call('ZREM', KEYS[1], KEYS[2])
end
if ARGV[4] == '1' then redis.call('DEL', KEYS[3]) end
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2], 'LIMIT', 0, 16)
)lua");
  return made;
}

const script& put_back_script() {
  static const script made(R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local heard = redis.call('ZSCORE', KEYS[3], KEYS[2])
if not heard or tonumber(heard) > now - ARGV[1] then return 0 end
local count = 0
while true do
  local each = redis.call('LPOP', KEYS[2])
  if not each then break end
  local id = redis.sha1hex(each)
  local deaths = redis.call('HINCRBY', KEYS[4], id, 1)
  if ARGV[2] == '0' or deaths < tonumber(ARGV[2]) then
    redis.call(ARGV[5], KEYS[1], each)
  else
    redis.call('HDEL', KEYS[4], id)
    local words = {unpack(ARGV, 6)}
    words[#words + 1] = each
    redis.call('XADD', KEYS[5], unpack(words))
  end
  count = count + 1
end
if ARGV[3] ~= '0' then redis.call('EXPIRE', KEYS[1], ARGV[3]) end
redis.call('PEXPIRE', KEYS[4], ARGV[4])
redis.call('ZREM', KEYS[3], KEYS[2])
redis.call('DEL', KEYS[6])
return count
)lua");
  return made;
}

}  // namespace sluice
