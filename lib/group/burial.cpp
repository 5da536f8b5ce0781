#include "group/burial.hpp"

#include <utility>

namespace sluice {
namespace {

// The copy comes first: where the server refuses to grow, nothing has been acknowledged. The times
// are the server's; an entry's id tells when it was added.
const script& bury_script() {
  static const script made(R"lua(
local id = ARGV[3]
local p = redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1)[1]
if not p then return 0 end
if p[2] ~= ARGV[2] then return {p[2]} end
local entry = redis.call('XRANGE', KEYS[1], id, id)[1]
if not entry then
  redis.call('XACK', KEYS[1], ARGV[1], id)
  return 1
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local add = {'XADD', KEYS[2]}
if ARGV[6] ~= '0' then
  add[3], add[4], add[5] = 'MAXLEN', '~', ARGV[6]
end
local function append(...)
  for _, each in ipairs({...}) do add[#add + 1] = each end
end
append('*', 'dead.stream', KEYS[1], 'dead.id', id, 'dead.group', ARGV[1])
append('dead.consumer', ARGV[2], 'dead.reason', ARGV[4], 'dead.error', ARGV[5])
append('dead.deliveries', p[4] - ARGV[7], 'dead.added', string.match(id, '^%d+'), 'dead.died', now)
append(unpack(entry[2]))
local dead_id = redis.call(unpack(add))
redis.call('XACK', KEYS[1], ARGV[1], id)
return dead_id
)lua");
  return made;
}

// FORCE makes pending what is not: right here alone, where the entry was delivered to this group
// before and is nobody's now. Elements of lists have no id; they are pushed again, behind others.
const script& redrive_script() {
  static const script made(R"lua(
local dead = redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2])[1]
if not dead or dead[2][2] ~= KEYS[2] or dead[2][6] ~= ARGV[1] then return 0 end
local id, group = dead[2][4], ARGV[1]
local words = {}
if #ARGV > 3 then
  for i = 4, #ARGV do words[#words + 1] = ARGV[i] end
else
  for i = 19, #dead[2] do words[#words + 1] = dead[2][i] end
end
if id == '0-0' and dead[2][19] == 'push' then
  local text
  for i = 1, #words, 2 do
    if words[i] == 'element' then text = words[i + 1] end
  end
  if not text then return redis.error_reply("ERR it comes from a list: its field is 'element'") end
  redis.call(dead[2][20] == 'LPUSH' and 'LPUSH' or 'RPUSH', KEYS[2], text)
  redis.call('XDEL', KEYS[1], ARGV[2])
  return id
end
local there = #ARGV == 3 and ARGV[3] == 'same' and #redis.call('XRANGE', KEYS[2], id, id) > 0
if there then
  local pending = redis.pcall('XPENDING', KEYS[2], group, id, id, 1)
  if pending.err then
    there = false
  elseif #pending == 0 then
    local time = redis.call('TIME')
    redis.call('ZADD', KEYS[3], time[1] * 1000 + math.floor(time[2] / 1000), id)
    redis.call('XCLAIM', KEYS[2], group, 'sluice:released', 0, id, 'RETRYCOUNT', 0, 'FORCE',
               'JUSTID')
  end
end
if not there then
  id = redis.call('XADD', KEYS[2], '*', unpack(words))
end
redis.call('XDEL', KEYS[1], ARGV[2])
return id
)lua");
  return made;
}

}  // namespace

ownership_step burial::bury(const group_place& at, const std::string& member, const std::string& id,
                            const std::string& dead_stream, const cause_of_death& why,
                            std::uint64_t keep_at_most, bool worked_on) {
  return {&bury_script(),
          {at.stream, dead_stream},
          {at.group, member, id, why.reason, why.error, std::to_string(keep_at_most),
           worked_on ? "0" : "1"}};
}

bool burial::succeeded(const resp::value& answer, bool repeated) {
  if (answer.is_aggregate()) return false;
  return repeated || answer.integer() != 0;
}

ownership_step burial::redrive(const group_place& at, const std::string& dead_stream,
                               const std::string& dead_id, redrive_as how,
                               const std::vector<std::string>& edited) {
  ownership_step what{&redrive_script(),
                      {dead_stream, at.stream, at.released_key()},
                      {at.group, dead_id, how == redrive_as::same_entry ? "same" : "new"}};
  what.arguments.insert(what.arguments.end(), edited.begin(), edited.end());
  return what;
}

}  // namespace sluice
