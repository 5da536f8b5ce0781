#include "list/kept_scripts.hpp"

namespace sluice {
namespace {

// Around what is done once: a function with the place of its first argument. Numbers of steps that
// nobody repeats any more are forgotten, and that of one which is refused.
constexpr auto once = R"lua(
local first = 3 + ARGV[2]
if first > 3 then redis.call('SREM', KEYS[2], unpack(ARGV, 3, first - 1)) end
if redis.call('SADD', KEYS[2], ARGV[1]) == 0 then return 0 end
local done, what = pcall(step, first)
if not done then
  redis.call('SREM', KEYS[2], ARGV[1])
  return type(what) == 'table' and what or redis.error_reply(what)
end
redis.call('PEXPIRE', KEYS[2], 86400000)
return what
)lua";

script done_once(const char* step) {
  script made("local function step(first)" + std::string(step) + "end" + once);
  made.repeatable(true);
  return made;
}

}  // namespace

const script& take_script() {
  static const script made(R"lua(
local taken = {}
if ARGV[2] ~= '-1' then
  local strays = redis.call('LLEN', KEYS[2]) - ARGV[2]
  while strays > tonumber(ARGV[1]) do
    redis.call('LMOVE', KEYS[2], KEYS[1], 'LEFT', ARGV[4])
    strays = strays - 1
  end
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
local function deaths_of(each)
  local found = redis.pcall('HGET', KEYS[4], redis.sha1hex(each))
  return type(found) == 'string' and tonumber(found) or 0
end
local counted, suspect, kept = {}, 0, #taken
if ARGV[5] ~= '0' and #taken > 0 and redis.pcall('EXISTS', KEYS[4]) == 1 then
  for i = 1, #taken do
    local deaths = deaths_of(taken[i])
    if deaths >= tonumber(ARGV[5]) then
      suspect = i == 1 and ARGV[6] == '1' and 2 or 1
      kept = i + suspect - 2
    end
    if deaths > 0 and i <= kept then counted[#counted + 1] = i - 1 end
    if suspect > 0 then break end
  end
end
for i = #taken, kept + 1, -1 do
  redis.call('LMOVE', KEYS[2], KEYS[1], 'LEFT', ARGV[4])
  taken[i] = nil
end
return {taken, redis.call('LLEN', KEYS[1]), counted, suspect}
)lua");
  return made;
}

const script& forget_script() {
  static const script made = done_once(R"lua(
  for i = first, #ARGV do
    if KEYS[3] then redis.call('HDEL', KEYS[3], redis.sha1hex(ARGV[i])) end
    redis.call('LREM', KEYS[1], -1, ARGV[i])
  end
  return 1
)lua");
  return made;
}

const script& bury_script() {
  static const script made = done_once(R"lua(
  if KEYS[4] then redis.call('HDEL', KEYS[4], redis.sha1hex(ARGV[#ARGV])) end
  redis.call('XADD', KEYS[3], unpack(ARGV, first))
  return redis.call('LREM', KEYS[1], -1, ARGV[#ARGV])
)lua");
  return made;
}

const script& give_back_script() {
  static const script made = done_once(R"lua(
  local lifetime, push = ARGV[first], ARGV[first + 1]
  local pop = push == 'LPUSH' and 'LPOP' or 'RPOP'
  for i = first + 2, #ARGV do
    redis.call(push, KEYS[3], ARGV[i])
    if redis.call('LREM', KEYS[1], 1, ARGV[i]) == 0 then redis.call(pop, KEYS[3]) end
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
  redis.call('DEL', KEYS[3])
end
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
local most, suspect_from, ending = tonumber(ARGV[2]), tonumber(ARGV[6]), ARGV[5]
local alone = redis.call('LLEN', KEYS[2]) == 1
local function is_hopeless(deaths)
  if most == 0 or deaths < most then return false end
  return alone and deaths > suspect_from or deaths >= 3 * most
end
local deaths, buried = {}, 0
while true do
  local each = redis.call('LINDEX', KEYS[2], 0)
  if not each then break end
  local id = redis.sha1hex(each)
  local known = deaths[id]
  if not known then deaths[id] = (redis.call('HGET', KEYS[4], id) or 0) + 1 end
  if is_hopeless(deaths[id]) then
    local words = {unpack(ARGV, 7)}
    for i = 1, #words do
      if words[i] == 'dead.deliveries' then words[i + 1] = deaths[id] end
    end
    words[#words + 1] = each
    redis.call('XADD', KEYS[5], unpack(words))
    redis.call('LPOP', KEYS[2])
    redis.call('HDEL', KEYS[4], id)
    buried = buried + 1
  else
    redis.call('LMOVE', KEYS[2], KEYS[1], 'LEFT', ending)
    if most > 0 and not known then redis.call('HINCRBY', KEYS[4], id, 1) end
  end
end
if ARGV[3] ~= '0' then redis.call('EXPIRE', KEYS[1], ARGV[3]) end
redis.call('PEXPIRE', KEYS[4], ARGV[4])
redis.call('ZREM', KEYS[3], KEYS[2])
redis.call('DEL', KEYS[6])
return buried
)lua");
  return made;
}

}  // namespace sluice
