#include "topic/settle_script.hpp"

#include <chrono>

namespace sluice {
namespace {

constexpr std::chrono::milliseconds patience_of_a_step{5'000};

}  // namespace

// Each call costs a script about as much as a small command costs the server, and this one is sent
// for every message. What was settled before, and what is not held, may be asked about at length.
//
// Who may do all but acknowledge has settled nothing, and undoes the work: the mark is taken back,
// as if its time were over, or the message would never come again.
const script& settle_script() {
  static const script made = script(R"(
local stream, checkpoint, settles, seen, next = unpack(KEYS)
local group, consumer, id, ttl, place, number, renew = unpack(ARGV)
local before, ahead = false, 0
if redis.call('EXISTS', unpack(KEYS, 4)) > 0 then
  before = redis.call('EXISTS', seen) == 1
  if next and redis.call('EXISTS', next) == 1 then ahead = 10 end
end
local held = not before and redis.call('XPENDING', stream, group, id, id, 1)[1]
local mine = held and held[2] == consumer
if not mine then
  if redis.call('HGET', settles, place) == number then return 1 + ahead end
  if not before then return (held and 3 or 4) + ahead end
elseif redis.call('HSET', settles, place, number) == 1 or renew then
  redis.call('EXPIRE', settles, 2 * ttl)
end
redis.call('SET', seen, '1', 'EX', ttl)
redis.call('SET', checkpoint, id)
local done = redis.pcall('XACK', stream, group, id)
if type(done) == 'table' then
  if not before then redis.call('SET', seen, '', 'PXAT', 1) end
  return done
end
return (mine and 1 or 2) + ahead
)")
                                 .repeatable(true)
                                 .timeout(std::chrono::milliseconds(0));
  return made;
}

const script& settle_script_again() {
  static const script made = script(settle_script()).timeout(patience_of_a_step);
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
                                 .timeout(patience_of_a_step);
  return made;
}

}  // namespace sluice
