#include "group/ownership.hpp"

#include <initializer_list>
#include <utility>

namespace sluice {
namespace {

// Functions, as constants made before main would be made by whoever links the library.
//
// In all scripts KEYS[1] is the stream and ARGV[1] the group. Whose an entry is, XPENDING says;
// neither XCLAIM nor XACK asks (redis.io, "XCLAIM"). Claims with JUSTID leave the delivery count as
// it is: it counts how often an entry was handed to somebody who worked on it. An XCLAIM that
// returns nothing has met an entry whose payload is deleted, and has removed it from the pending
// list (since Redis 7.0).

// The server's time in ms.
constexpr const char* now = R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
)lua";

// Into the released set, to be taken from `due` on. `due` has parts of a millisecond that keep
// entries in their order: equal scores are in that of their names.
constexpr const char* release = R"lua(
local gone = {}
local function release(id, due, owner, ...)
  redis.call('ZADD', KEYS[2], due, id)
  if #redis.call('XCLAIM', KEYS[1], ARGV[1], owner, 0, id, 'JUSTID', ...) == 0 then
    redis.call('ZREM', KEYS[2], id)
    gone[#gone + 1] = id
  end
end
)lua";

script made_of(std::initializer_list<const char*> parts) {
  std::string text;
  for (const auto* const each : parts) text += each;
  return script(std::move(text));
}

// What is no id has been written by somebody else, and would keep everything behind it for ever.
const script& take_script() {
  static const script made = made_of({now, R"lua(
local given, gone = {}, {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, ARGV[3])) do
  local found = redis.pcall('XPENDING', KEYS[1], ARGV[1], id, id, 1)
  if found.err and not string.find(found.err, 'Invalid stream ID', 1, true) then return found end
  local p = found[1]
  local suspect = p and p[2] == 'sluice:orphaned' and p[4] > 1
  if suspect and #given > 0 then break end
  redis.call('ZREM', KEYS[2], id)
  if p and (p[2] == 'sluice:released' or p[2] == 'sluice:orphaned') then
    local entry = redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, id)[1]
    if entry and entry[2] then
      given[#given + 1] = {id, entry[2], suspect and 1 or 0, p[4]}
    else
      gone[#gone + 1] = id
    end
    if suspect then break end
  end
end
local first = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
return {now, first[2] or '', given, gone}
)lua"});
  return made;
}

const script& give_back_script() {
  static const script made = made_of({now, release, R"lua(
local due, lost = now + ARGV[3], {}
for i = 5, #ARGV do
  local id = ARGV[i]
  local p = redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1)[1]
  if not p or p[2] ~= ARGV[2] then
    lost[#lost + 1] = p and p[2] or ''
  else
    local count = math.max(p[4] + ARGV[4], 0)
    release(id, due - (#ARGV - i) / 2048, 'sluice:released', 'RETRYCOUNT', count)
  end
end
return {lost, gone}
)lua"});
  return made;
}

// Without ids, all that the member has, up to a page; with them none once it is later than
// expected: the clock that idle times go by was set. The mark comes first: whoever is robbed must
// find it, whatever is refused afterwards.
const script& orphan_script() {
  static const script made = made_of({now, release, R"lua(
local function of_member(from, to, count)
  return redis.call('XPENDING', KEYS[1], ARGV[1], from, to, count, ARGV[2])
end
local chosen = {}
if #ARGV == 5 then chosen = of_member('-', '+', ARGV[4]) end
for i = 6, now <= tonumber(ARGV[4]) and #ARGV or 0 do
  local p = of_member(ARGV[i], ARGV[i], 1)[1]
  if p and p[3] >= tonumber(ARGV[5]) then chosen[#chosen + 1] = p end
end
if #chosen > 0 then redis.call('SET', KEYS[3], 1, 'PX', ARGV[3]) end
for i, p in ipairs(chosen) do
  release(p[1], now - (#chosen - i) / 2048, 'sluice:orphaned')
end
return {#chosen, gone}
)lua"});
  return made;
}

// An entry whose payload is deleted is left alone: the claim would take it out of the pending list
// while somebody works on it.
const script& renew_script() {
  static const script made(R"lua(
local lost, claim = {}, {'XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0}
for i = 3, #ARGV do
  local id = ARGV[i]
  if #redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1, ARGV[2]) == 0 then
    lost[#lost + 1] = id
  elseif #redis.call('XRANGE', KEYS[1], id, id) > 0 then
    claim[#claim + 1] = id
  end
end
if #claim > 5 then
  claim[#claim + 1] = 'JUSTID'
  redis.call(unpack(claim))
end
return lost
)lua");
  return made;
}

const script& acknowledge_script() {
  static const script made(R"lua(
if ARGV[3] == '0' and redis.call('EXISTS', KEYS[2]) == 0 then
  return redis.call('XACK', KEYS[1], ARGV[1], unpack(ARGV, 4))
end
local refused = {}
for i = 4, #ARGV do
  local p = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1)[1]
  if p and p[2] == ARGV[2] then
    redis.call('XACK', KEYS[1], ARGV[1], ARGV[i])
  else
    refused[#refused + 1] = ARGV[i]
    refused[#refused + 1] = p and p[2] or ''
  end
end
return refused
)lua");
  return made;
}

const script& find_released_script() {
  static const script made = made_of({now, R"lua(
local page = redis.call('XPENDING', KEYS[1], ARGV[1], '(' .. ARGV[3], '+', ARGV[4], ARGV[2])
for _, p in ipairs(page) do redis.call('ZADD', KEYS[2], 'NX', now, p[1]) end
return #page > 0 and page[#page][1] or ''
)lua"});
  return made;
}

const script& reap_script() {
  static const script made(R"lua(
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) > 0 then return 0 end
redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
return 1
)lua");
  return made;
}

std::string text(std::chrono::milliseconds time) { return std::to_string(time.count()); }

ownership_step with_ids(ownership_step what, const std::vector<std::string>& ids) {
  what.arguments.insert(what.arguments.end(), ids.begin(), ids.end());
  return what;
}

}  // namespace

bool owner::is_nobody(std::string_view name) noexcept {
  return name == released || name == orphaned;
}

ownership_step ownership::take(const group_place& at, const std::string& member, std::size_t most) {
  return {&take_script(), {at.stream, at.released_key()}, {at.group, member, std::to_string(most)}};
}

ownership_step ownership::give_back(const group_place& at, const std::string& member,
                                    const std::vector<std::string>& ids,
                                    std::chrono::milliseconds delay, attempt how) {
  ownership_step what{&give_back_script(),
                      {at.stream, at.released_key()},
                      {at.group, member, text(delay), how == attempt::counted ? "0" : "-1"}};
  return with_ids(std::move(what), ids);
}

ownership_step ownership::orphan_all(const group_place& at, const std::string& member,
                                     std::size_t most, std::chrono::milliseconds mark) {
  return {&orphan_script(),
          {at.stream, at.released_key(), at.robbed_key(member)},
          {at.group, member, text(mark), std::to_string(most), "0"}};
}

ownership_step ownership::orphan_idle(const group_place& at, const std::string& member,
                                      const std::vector<std::string>& ids,
                                      std::chrono::milliseconds idle,
                                      std::chrono::milliseconds not_after,
                                      std::chrono::milliseconds mark) {
  ownership_step what{&orphan_script(),
                      {at.stream, at.released_key(), at.robbed_key(member)},
                      {at.group, member, text(mark), text(not_after), text(idle)}};
  return with_ids(std::move(what), ids);
}

ownership_step ownership::renew(const group_place& at, const std::string& member,
                                const std::vector<std::string>& ids) {
  return with_ids({&renew_script(), {at.stream}, {at.group, member}}, ids);
}

ownership_step ownership::acknowledge(const group_place& at, const std::string& member,
                                      bool doubtful) {
  return {&acknowledge_script(),
          {at.stream, at.robbed_key(member)},
          {at.group, member, doubtful ? "1" : "0"}};
}

ownership_step ownership::find_released(const group_place& at, std::string_view nobody,
                                        const std::string& after, std::size_t most) {
  return {&find_released_script(),
          {at.stream, at.released_key()},
          {at.group, std::string(nobody), after, std::to_string(most)}};
}

ownership_step ownership::reap(const group_place& at, const std::string& member) {
  return {&reap_script(), {at.stream}, {at.group, member}};
}

}  // namespace sluice
