#include "mailbox/box_scripts.hpp"

#include "mailbox/box_forms.hpp"

#include "sluice/redis/command.hpp"

namespace sluice {
namespace {

// Where its counter was lost a channel goes on behind its last message.
//
// The number is claimed before anything else is done: a claim without a message's number is that of
// an attempt that found a lock, or was refused.
constexpr auto write = R"lua(
local once, messages, ids, clients = unpack(KEYS)
local number, source, data, most, age, indexes, channel, memory = unpack(ARGV, 1, 8)
if call('HSETNX', once, number, '') == 0 then
  local known = call('HGET', once, number)
  if known ~= '' then return known end
end
call('PEXPIRE', once, memory)
if ARGV[9] then call('HDEL', once, unpack(ARGV, 9)) end
local held = locked(2)
if held then return held end

local id = call('INCR', ids)
if id == 1 then
  id = newest(messages) + 1
  call('SET', ids, text(id))
end
id = text(id)
append(messages, id, text(now()), source, data)
call('HSET', once, number, id)
local gone = 0
if age ~= '0' then gone = cut_older(messages, tonumber(age)) end
if most ~= '0' and length(messages) > tonumber(most) then
  gone = gone + keep_last(messages, tonumber(most))
end
if gone > 0 then lift(messages, ids, clients, indexes, channel) end
return id
)lua";

constexpr auto subscribe = R"lua(
local held = locked(2)
if held then return held end
local client, where, only, count = ARGV[1], ARGV[2], ARGV[3], 0
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
    index = text(index or last_of(messages, ids))
    call('ZADD', clients, index, client)
    call('ZADD', KEYS[1], index, ARGV[i])
    count = count + 1
  end
end
return count
)lua";

// Whoever asks again after the last subscription has ended removes nothing that came afterwards.
constexpr auto unsubscribe = R"lua(
local held = locked(2)
if held then return held end
local client, buffer, count = ARGV[1], tonumber(ARGV[2]), 0
for i = 3, #ARGV do
  local at = 4 * (i - 3) + 2
  local messages, ids, clients = KEYS[at], KEYS[at + 1], KEYS[at + 2]
  call('ZREM', KEYS[1], ARGV[i])
  if call('ZREM', clients, client) == 1 then
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

constexpr auto fetch = R"lua(
local most, head, given = ARGV[1], ARGV[2], {}
for i = 4, #ARGV, 3 do given[ARGV[i]] = {tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])} end
local places = call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
local names, found = {}, {}
for i = 1, #places, 2 do
  local channel, index = places[i], tonumber(places[i + 1])
  local mine, from = given[channel], index
  if mine and index >= mine[1] and index <= mine[2] then from = mine[2] end
  local messages = after(head .. channel, from, most)
  if #messages > 0 then found[#found + 1] = {channel, text(index), messages} end
  if ARGV[3] == '1' then names[#names + 1] = channel end
end
return {names, found}
)lua";

// What stands where it shall go has got there by an earlier execution, or by somebody else.
constexpr auto commit = R"lua(
local client, exact, buffer, moved = ARGV[1], ARGV[2], tonumber(ARGV[3]), {}
for i = 4, #ARGV, 3 do
  local at = 4 * (i - 4) / 3 + 2
  local messages, clients = KEYS[at], KEYS[at + 2]
  local seen, given = tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
  local index = tonumber(call('ZSCORE', KEYS[1], ARGV[i]))
  local may = index and index >= seen and index <= given
  if exact == '1' then may = index == seen or index == given end
  if may then
    call('ZADD', KEYS[1], text(given), ARGV[i])
    call('ZADD', clients, text(given), client)
    keep_behind(messages, tonumber(call('ZRANGE', clients, 0, 0, 'WITHSCORES')[2]), buffer)
  end
  moved[#moved + 1] = not may and 0 or (index == given and 2 or 1)
end
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
  gone = cut_older(messages, number)
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
