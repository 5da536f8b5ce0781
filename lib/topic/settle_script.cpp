#include "topic/settle_script.hpp"

namespace sluice {

// Both are sent without a deadline until the server has answered: whoever gave up in between would
// not know whether to undo the work.

const script& settle_script() {
  static const script made = script(R"(
local stream, checkpoint, settles, seen = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local group, consumer, id, ttl, number = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
if redis.call('HEXISTS', settles, number) == 1 then return 1 end
local answer = 2
if redis.call('EXISTS', seen) == 0 then
  local held = redis.call('XPENDING', stream, group, id, id, 1)
  if #held == 0 then return 4 end
  if held[1][2] ~= consumer then return 3 end
  redis.call('HSET', settles, number, id)
  redis.call('EXPIRE', settles, ttl)
  answer = 1
end
if #ARGV > 5 then redis.call('HDEL', settles, unpack(ARGV, 6)) end
redis.call('SET', seen, '1', 'EX', ttl)
redis.call('SET', checkpoint, id)
redis.call('XACK', stream, group, id)
return answer
)")
                                 .repeatable(true)
                                 .timeout(std::chrono::milliseconds(0));
  return made;
}

const script& dismiss_script() {
  static const script made = script(R"(
local stream, checkpoint = KEYS[1], KEYS[2]
local group, consumer, id = ARGV[1], ARGV[2], ARGV[3]
local held = redis.call('XPENDING', stream, group, id, id, 1, consumer)
if #held == 0 then return 0 end
redis.call('SET', checkpoint, id)
return redis.call('XACK', stream, group, id)
)")
                                 .repeatable(true)
                                 .timeout(std::chrono::milliseconds(0));
  return made;
}

}  // namespace sluice
