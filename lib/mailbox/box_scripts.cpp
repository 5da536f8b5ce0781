#include "mailbox/box_scripts.hpp"

#include "mailbox/box_forms.hpp"

#include "sluice/redis/command.hpp"

namespace sluice {
namespace {

// Where its counter was lost, or somebody else has stored a greater number, a channel goes on
// behind its last message, and behind whoever has read furthest: others would not be found.
//
// The number is claimed before anything else is done: a claim without a message's number is that of
// an attempt that found a lock, or was refused.
constexpr auto write = R"lua(
local once, messages, ids, clients = unpack(KEYS)
local number, source, most, age, indexes, channel, memory, forgotten = unpack(ARGV, 1, 8)
if call('HSETNX', once, number, '') == 0 then
  local known = call('HGET', once, number)
  if known ~= '' then return known end
end
call('PEXPIRE', once, memory)
local before = 8 + tonumber(forgotten)
if before > 8 then call('HDEL', once, unpack(ARGV, 9, before)) end
local held = locked(2)
if held then return held end

local count = #ARGV - before
local last = call('INCRBY', ids, count)
if last == count then
  last = math.max(newest(messages), furthest(clients)) + count
  call('SET', ids, text(last))
end
local first, time = last - count + 1, text(now())
local refused = append(messages, first, time, source, before)
if refused and string.find(refused.err, 'equal or smaller', 1, true) then
  first = last_stored(messages) + 1
  call('SET', ids, text(first + count - 1))
  refused = append(messages, first, time, source, before)
end
if refused then return refused end
call('HSET', once, number, text(first))
local gone = 0
if age ~= '0' then gone = cut_older(messages, tonumber(age), 100 + count) end
if most ~= '0' and length(messages) > tonumber(most) then
  gone = gone + keep_last(messages, tonumber(most))
end
if gone > 0 then lift(messages, ids, clients, indexes, channel) end
return text(first)
)lua";

// Says of each channel whether it was none of the client's before. A place beyond the last message
// would let the client miss what is written next.
constexpr auto subscribe = R"lua(
local held = locked(2)
if held then return held end
local client, where, only, count, new = ARGV[1], ARGV[2], ARGV[3], 0, {}
for i = 4, #ARGV do
  local at = 4 * (i - 4) + 2
  local messages, ids, clients = KEYS[at], KEYS[at + 1], KEYS[at + 2]
  local present = call('ZSCORE', clients, client)
  if present or only ~= '1' then
    local index = tonumber(where) or (where == 'current' and tonumber(present))
    if not index and where == 'earliest' then
      local first = first_of(messages)
      index = first and first - 1
    end
    local last = last_of(messages, ids)
    index = text(math.min(index or last, last))
    call('ZADD', clients, index, client)
    call('ZADD', KEYS[1], index, ARGV[i])
    count = count + 1
    new[count] = present and '0' or '1'
  end
end
return only == '1' and count or table.concat(new)
)lua";

// Whoever asks again after the last subscription has ended removes nothing that came afterwards.
constexpr auto unsubscribe = R"lua(
local held = locked(2)
if held then return held end
local client, buffer, still, count = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), 0
for i = 4, #ARGV do
  local at = 4 * (i - 4) + 2
  local messages, ids, clients = KEYS[at], KEYS[at + 1], KEYS[at + 2]
  local is_meant = not still or tonumber(call('ZSCORE', clients, client)) == still
  if is_meant then call('ZREM', KEYS[1], ARGV[i]) end
  if is_meant and call('ZREM', clients, client) == 1 then
    count = count + 1
    local slowest = call('ZRANGE', clients, 0, 0, 'WITHSCORES')[2]
    if slowest then
      keep_behind(messages, tonumber(slowest), buffer)
    else
      call('DEL', messages, ids)
    end
  end
end
return count
)lua";

// Up to Redis 7.0 a script arms the bells of the keys that it declares, from 7.2 on of those that
// it reads: here both are the same. It gives what it found, and how many channels it looked at
// before there was as much as shall be in an answer.
constexpr auto fetch = R"lua(
local most, room, given = tonumber(ARGV[1]), tonumber(ARGV[2]), {}
for i = #KEYS + 2, #ARGV, 3 do
  given[ARGV[i]] = {tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])}
end
local found, places, looked = {}, {}, 0
if #KEYS > 1 then places = call('ZMSCORE', KEYS[1], unpack(ARGV, 3, #KEYS + 1)) end
while looked + 1 < #KEYS and room > 0 do
  looked = looked + 1
  local messages, channel, index = KEYS[looked + 1], ARGV[looked + 2], tonumber(places[looked])
  if index then
    local mine, from = given[channel], index
    if mine and is_within(messages, index, mine[1], mine[2]) then from = mine[2] end
    local some, used, more = portion(messages, from, most, room)
    if #some > 0 then found[#found + 1] = {channel, text(index), some, more and 1 or 0} end
    room = room - used
  end
end
return {found, looked}
)lua";

// What stands where it shall go has got there by an earlier execution, or by somebody else; and
// what stands beyond, if there was an earlier execution, was moved on after it.
//
// All is read before anything is written, and the index at the end: so its bell rings for this
// execution once, and stays armed. The keys of positions are not declared: up to Redis 7.0 their
// bells would be armed as well, and ring for each commit of every other reader.
//
// Nothing is removed by ZREM. But behind a command that may write when memory is short, others may
// as well: who reads makes room.
constexpr auto commit = R"lua(
local client, exact, buffer, head = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local moved, steps, places = {}, {}, {}
for n = 1, #KEYS - 1 do
  local i, messages = 3 * n + 2, KEYS[n + 1]
  local clients, index = head .. ARGV[i], tonumber(call('ZSCORE', KEYS[1], ARGV[i]))
  local seen, given = tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
  local may = index and is_within(messages, index, seen, given)
  if exact == '1' and index ~= seen and index ~= given then may = false end
  if may and index ~= given then
    local slowest = call('ZRANGE', clients, 0, 1, 'WITHSCORES')
    local least = tonumber(slowest[slowest[1] == client and 4 or 2]) or given
    local last = excess(messages, math.min(least, given), buffer)
    steps[#steps + 1] = {messages, clients, text(given), last}
    places[#places + 1] = text(given)
    places[#places + 1] = ARGV[i]
  end
  moved[n] = may and 1 or 0
  if index and index >= given then moved[n] = 2 end
end
if #steps == 0 then return moved end
call('ZREM', KEYS[1], '')
for i = 1, #places, 1000 do
  call('ZADD', KEYS[1], unpack(places, i, math.min(i + 999, #places)))
end
for _, step in ipairs(steps) do
  local messages, clients, given, last = unpack(step, 1, 4)
  call('ZADD', clients, given, client)
  if last then cut_excess(messages, last) end
end
call('ZCARD', KEYS[1])
return moved
)lua";

constexpr auto remove = R"lua(
local held = locked(1)
if held then return held end
for _, who in ipairs(call('ZRANGE', KEYS[3], 0, -1)) do
  call('ZREM', ARGV[1] .. who, ARGV[2])
end
return call('DEL', KEYS[1], KEYS[2], KEYS[3])
)lua";

constexpr auto subscribers = R"lua(
local all, found = call('ZRANGE', KEYS[3], 0, -1, 'WITHSCORES'), {}
for i = 1, #all, 2 do
  local index = tonumber(all[i + 1])
  local time = next_time(KEYS[1], index)
  found[#found + 1] = {all[i], text(index), unread(KEYS[1], index), time and text(time)}
end
return found
)lua";

constexpr auto messages = R"lua(
return after(KEYS[1], tonumber(ARGV[1]), ARGV[2])
)lua";

constexpr auto prune = R"lua(
local held = locked(1)
if held then return held end
local messages, ids, clients = unpack(KEYS)
local kind, number, gone = ARGV[1], tonumber(ARGV[2]), 0
if kind == 'read' then
  local slowest = call('ZRANGE', clients, 0, 0, 'WITHSCORES')[2]
  if slowest then gone = cut_through(messages, tonumber(slowest)) end
elseif kind == 'length' then
  gone = keep_last(messages, number)
else
  gone = cut_older(messages, number, 100)
end
if gone > 0 then lift(messages, ids, clients, ARGV[3], ARGV[4]) end
return gone
)lua";

script made_of(const char* form, const char* what) {
  std::string text = box_forms::common;
  text.append(form).append(box_forms::both).append(what);
  script made(text);
  made.repeatable(true);
  return made;
}

box_scripts all_of(const char* form) {
  return {.write = made_of(form, write),
          .subscribe = made_of(form, subscribe),
          .unsubscribe = made_of(form, unsubscribe),
          .fetch = made_of(form, fetch),
          .commit = made_of(form, commit),
          .remove = made_of(form, remove),
          .subscribers = made_of(form, subscribers),
          .messages = made_of(form, messages),
          .prune = made_of(form, prune)};
}

}  // namespace

const box_scripts& box_scripts::of(mailbox_layout::form form) {
  static const box_scripts native = all_of(box_forms::native);
  static const box_scripts rivulet = all_of(box_forms::rivulet);
  return form == mailbox_layout::form::native ? native : rivulet;
}

std::string box_scripts::loading_frame() const {
  return command("EVAL").arg(write.text()).arg(0).frame();
}

}  // namespace sluice
