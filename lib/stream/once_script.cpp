#include "stream/once_script.hpp"

#include "sluice/redis/command.hpp"
#include "sluice/redis/script.hpp"

namespace sluice {
namespace {

// Why it is written like this:
// - The record is claimed before the entry is added, so that whoever may not write records, or
//   finds another type in their place, adds nothing. A claim without ids is that of an attempt that
//   was refused: it may be tried again. The right to write ids is proven now and then, beginning
//   with the first addition, as that is another command than the claim.
// - The claim is a command that writes. One that reads would make a connection with CLIENT TRACKING
//   hear of each of its own records.
// - A repeated addition writes as well (PEXPIRE): WAIT promises something of its own connection's
//   writes only, and on a new link there might be none.
// - pcall gives the server's errors as they are, with their code word first, in all versions.
constexpr std::string_view text = R"lua(if #KEYS == 0 then return end
local call, stream, record = redis.pcall, KEYS[1], KEYS[2]
local field, memory, drop = ARGV[1], ARGV[2], ARGV[3]

local claimed
if field == '' then
  claimed = call('SET', record, '', 'NX', 'PX', memory)
else
  claimed = call('HSETNX', record, field, '')
end
if not claimed or claimed == 0 then
  local known
  if field == '' then known = call('GET', record) else known = call('HGET', record, field) end
  if type(known) ~= 'string' then return known end
  if known ~= '' then
    call('PEXPIRE', record, memory)
    return known
  end
elseif claimed ~= 1 and claimed.err then
  return claimed
end
if drop ~= '' then
  local may_record = call('HSET', record, field, '')
  if may_record ~= 0 then return may_record end
  call('PEXPIRE', record, memory)
  local old = {}
  for i = 1, tonumber(ARGV[4]) do old[i] = string.format('%.0f', drop + i - 1) end
  if #old > 0 then call('HDEL', record, unpack(old)) end
end

local ids
if ARGV[5] == '1' then
  ids = call('XADD', stream, unpack(ARGV, 6))
  if type(ids) ~= 'string' then return ids end
else
  local head, at, added = {unpack(ARGV, 7, 6 + ARGV[6])}, 7 + ARGV[6], {}
  for i = 1, tonumber(ARGV[5]) do
    local words, last = {unpack(head)}, at + ARGV[at]
    for j = at + 1, last do words[#words + 1] = ARGV[j] end
    at = last + 1
    local id = call('XADD', stream, unpack(words))
    if type(id) ~= 'string' then return id end
    added[i] = id
  end
  ids = table.concat(added, ' ')
end

local recorded
if field == '' then
  recorded = call('SET', record, ids, 'PX', memory)
else
  recorded = call('HSET', record, field, ids)
end
if recorded ~= 0 and recorded.err then return recorded end
return ids
)lua";

const script& the_script() {
  static const script made(text);
  return made;
}

}  // namespace

const std::string& once_script::digest() { return the_script().digest(); }

const std::string& once_script::loading_frame() {
  static const std::string frame = command("EVAL").arg(the_script().text()).arg(0).frame();
  return frame;
}

}  // namespace sluice
