#include "group/spent_script.hpp"

namespace sluice {

// Up to its oldest pending entry a group is done with all, and where none is pending up to what it
// was given last; that one itself is kept. Parts
// of ids are compared as texts, as numbers of Lua hold no 64 bits.
const script& spent_script() {
  static const script made(R"lua(
local function less(one, other)
  if #one ~= #other then return #one < #other end
  return one < other
end
local function before(one, other)
  local ms, seq = one:match('(%d+)-(%d+)')
  local other_ms, other_seq = other:match('(%d+)-(%d+)')
  if ms ~= other_ms then return less(ms, other_ms) end
  return less(seq, other_seq)
end
if redis.call('EXISTS', KEYS[1]) == 0 then return {0, ''} end
local edge
for _, each in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  local of = {}
  for i = 1, #each, 2 do of[each[i]] = each[i + 1] end
  local first = of['last-delivered-id']
  local oldest = of['pending'] > 0 and redis.call('XPENDING', KEYS[1], of['name'])[2]
  if oldest and before(oldest, first) then first = oldest end
  if not edge or before(first, edge) then edge = first end
end
if not edge then return {0, ''} end
if ARGV[1] == '?' then return {0, edge} end
return {redis.call('XTRIM', KEYS[1], 'MINID', ARGV[1], edge), edge}
)lua");
  return made;
}

}  // namespace sluice
