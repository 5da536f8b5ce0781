// What the scripts of channels know about how messages are stored.
#pragma once

namespace sluice::box_forms {

/// Before everything else. Numbers become text here, as Lua writes great ones as `1e+15`. Of what
/// may be removed behind all readers a part waits for more (`slack_of`): removing rings all bells.
inline constexpr const char* common = R"lua(
if #KEYS == 0 then return end
local call = redis.call
local function text(number) return string.format('%.0f', number) end
local function now()
  local time = call('TIME')
  return time[1] * 1000000 + time[2]
end
local function slack_of(count) return math.floor(count / 16) end
)lua";

/// A sorted set of JSON texts by their numbers, and a lock. The numbers are those of the set, not
/// of the texts. Readers of rivulet ask for a range of numbers, which stays empty where there is a
/// gap: hence `lift`, below. `append` stores the arguments behind the place `before`.
inline constexpr const char* rivulet = R"lua(
local function locked(first)
  for i = first, #KEYS, 4 do
    local left = call('PTTL', KEYS[i + 3])
    if left ~= -2 then return {i + 3, left} end
  end
end
local function first_of(messages)
  return tonumber(call('ZRANGE', messages, 0, 0, 'WITHSCORES')[2])
end
local function newest(messages)
  return tonumber(call('ZRANGE', messages, -1, -1, 'WITHSCORES')[2]) or 0
end
local last_stored = newest
local function append(messages, first, time, source, before)
  local found = {}
  for i = before + 1, #ARGV do
    local id = text(first + i - before - 1)
    local words = {'{"id": ', id, ', "ts": ', time, ', "src": ', source, ', "data": ', ARGV[i], '}'}
    found[#found + 1] = id
    found[#found + 1] = table.concat(words)
  end
  call('ZADD', messages, unpack(found))
end
local function after(messages, index, most)
  return call('ZRANGEBYSCORE', messages, '(' .. text(index), '+inf', 'WITHSCORES',
              'LIMIT', 0, most)
end
local function measure(page)
  local bytes = 0
  for i = 1, #page, 2 do bytes = bytes + #page[i] + 64 end
  return #page / 2, tonumber(page[#page]), bytes
end
local function next_time(messages, index)
  local found = after(messages, index, 1)
  if not found[1] then return end
  local time = string.match(found[1], '^{"id": ?%d+, ?"ts": ?(%d+)')
  if not time then
    local good, message = pcall(cjson.decode, found[1])
    time = good and type(message) == 'table' and message.ts
  end
  return tonumber(time) or 0, tonumber(found[2])
end
local function length(messages) return call('ZCARD', messages) end
local function unread(messages, index)
  return call('ZCOUNT', messages, '(' .. text(index), '+inf')
end
local function cut_through(messages, id)
  return call('ZREMRANGEBYSCORE', messages, '-inf', text(id))
end
local function keep_last(messages, count)
  return call('ZREMRANGEBYRANK', messages, 0, -1 - count)
end
local function excess(messages, index, count)
  local more = call('ZCOUNT', messages, '-inf', text(index)) - count
  if more > slack_of(count) then return more - 1 end
end
local function cut_excess(messages, last) call('ZREMRANGEBYRANK', messages, 0, last) end
)lua";

/// A stream whose ids are the numbers. Every number is given to a message, so that only the oldest
/// are missing. `last_stored` knows the last one of a stream that is empty, where it may look.
/// `append` gives the server's error; it stores all or nothing, as only the first id may be too
/// small.
inline constexpr const char* native = R"lua(
local function locked() end
local function number_of(entry) return tonumber(string.match(entry[1], '^%d+')) end
local function first_of(messages)
  local entry = call('XRANGE', messages, '-', '+', 'COUNT', 1)[1]
  return entry and number_of(entry)
end
local function newest(messages)
  local entry = call('XREVRANGE', messages, '+', '-', 'COUNT', 1)[1]
  return entry and number_of(entry) or 0
end
local function last_stored(messages)
  local state = redis.pcall('XINFO', 'STREAM', messages)
  for i = 1, #state, 2 do
    if state[i] == 'last-generated-id' then return tonumber(string.match(state[i + 1], '^%d+')) end
  end
  return newest(messages)
end
local function append(messages, first, time, source, before)
  for i = before + 1, #ARGV do
    local id = text(first + i - before - 1) .. '-0'
    local done = redis.pcall('XADD', messages, id, 'ts', time, 'src', source, 'data', ARGV[i])
    if type(done) == 'table' and done.err then return done end
  end
end
local function after(messages, index, most)
  return call('XRANGE', messages, text(index + 1) .. '-0', '+', 'COUNT', most)
end
local function measure(page)
  local bytes = 0
  for _, entry in ipairs(page) do
    for _, word in ipairs(entry[2]) do bytes = bytes + #word end
    bytes = bytes + 64
  end
  return #page, #page > 0 and number_of(page[#page]), bytes
end
local function next_time(messages, index)
  local entry = after(messages, index, 1)[1]
  if entry then return tonumber(entry[2][2]) or 0, number_of(entry) end
end
local function length(messages) return call('XLEN', messages) end
local function unread(messages, index)
  local first = first_of(messages)
  return first and math.max(0, newest(messages) - math.max(index, first - 1)) or 0
end
local function cut_through(messages, id)
  return call('XTRIM', messages, 'MINID', '=', text(id + 1) .. '-0')
end
local function keep_last(messages, count)
  return call('XTRIM', messages, 'MAXLEN', '=', count)
end
local function excess(messages, index, count)
  if index <= count then return end
  local first = first_of(messages)
  if first and index - count - first + 1 > slack_of(count) then return index - count end
end
local function cut_excess(messages, last) cut_through(messages, last) end
)lua";

/// After a form: the number of the last message that ever was; reading as many messages as there is
/// room for, in steps, the first a short one, as nobody knows how long they are; whether a client
/// that was given what lies between two numbers, and has not said so to the server, still stands
/// there; and removing what lies behind all readers, or what somebody may not have read. `lift`
/// brings those that are behind to the oldest message that is left.
///
/// Who stands between two such numbers was brought there by `lift`, or else was moved there. Where
/// the channel does not know the second one, it was made anew, or its server has lost it.
inline constexpr const char* both = R"lua(
local function last_of(messages, ids)
  return math.max(newest(messages), tonumber(call('GET', ids) or 0))
end
local function furthest(clients)
  return tonumber(call('ZRANGE', clients, -1, -1, 'WITHSCORES')[2]) or 0
end
local function portion(messages, index, most, room)
  local found, count, used, more, step = {}, 0, 0, true, math.min(most, 8)
  while more and step > 0 do
    local page = after(messages, index, step)
    local got, last, bytes = measure(page)
    for _, each in ipairs(page) do found[#found + 1] = each end
    count, used, index, more = count + got, used + bytes, last, got == step
    step = more and math.min(most - count, math.floor((room - used) * count / used)) or 0
  end
  return found, used, more
end
local function is_within(messages, index, seen, given)
  if index == given then return true end
  if newest(messages) < given then return false end
  return index == seen or (index > seen and index < given and first_of(messages) == index + 1)
end
local function keep_behind(messages, index, count)
  local last = excess(messages, index, count)
  if last then cut_excess(messages, last) end
end
local function cut_older(messages, age, most)
  local limit, gone = now() - age, 0
  while gone < most do
    local time, id = next_time(messages, 0)
    if not time or time >= limit then break end
    local cut = cut_through(messages, id)
    if cut == 0 then break end
    gone = gone + cut
  end
  return gone
end
local function lift(messages, ids, clients, indexes, channel)
  local first = first_of(messages)
  local floor = text(first and first - 1 or last_of(messages, ids))
  for _, who in ipairs(call('ZRANGEBYSCORE', clients, '-inf', '(' .. floor)) do
    call('ZADD', clients, floor, who)
    call('ZADD', indexes .. who, floor, channel)
  end
end
)lua";

}  // namespace sluice::box_forms
