#include "list/kept_list.hpp"

#include "list/list_burial.hpp"
#include "redis/posting.hpp"
#include "redis/script_call.hpp"
#include "redis/server_time.hpp"

#include "sluice/core/uuid.hpp"
#include "sluice/redis/command.hpp"
#include "sluice/redis/script.hpp"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

// After so many beats that nobody heard a process counts as dead.
constexpr int beats_to_death = 6;
// What nobody is left to put back goes after a day.
constexpr auto longest_stay = "86400000";

// KEYS: the list, this process's own, the members. ARGV: how many, how many are in hand or -1, how
// long a list stays, the end to take from. After a lost answer it is asked what stands in the
// process's own list beyond what is in hand; that comes first. New elements are pushed at the left
// of its own. Else nothing is read before the last step: who reads is told of the next change, even
// of its own, and older servers arm the bells of all keys.
const script& take_script() {
  static const script made(R"lua(
local taken = {}
if ARGV[2] ~= '-1' then
  local strays = math.min(redis.call('LLEN', KEYS[2]) - ARGV[2], tonumber(ARGV[1]))
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
return {taken, redis.call('LLEN', KEYS[1])}
)lua");
  return made;
}

// KEYS: the list, this process's own. ARGV: the lifetime of the list or 0, what pushes at its end,
// then elements, the newest first. What is not there any more was put back by others.
const script& give_back_script() {
  static const script made(R"lua(
for i = 3, #ARGV do
  if redis.call('LREM', KEYS[2], 1, ARGV[i]) > 0 then redis.call(ARGV[2], KEYS[1], ARGV[i]) end
end
if ARGV[1] ~= '0' then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return 1
)lua");
  return made;
}

// KEYS: the members, this process's own list. ARGV: whether it has something in hand, how long the
// dead are silent, how long a list stays.
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
end
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2], 'LIMIT', 0, 16)
)lua");
  return made;
}

// KEYS: the list, the dead process's own, the members, how often each element was put back, the
// dead letters. ARGV: silence, the most deaths, lifetime of the list or 0, stay, what pushes at its
// end, then the words of a burial without its element, which comes last. The oldest element ends
// outermost, to be taken next.
const script& put_back_script() {
  static const script made(R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local heard = redis.call('ZSCORE', KEYS[3], KEYS[2])
if not heard or tonumber(heard) > now - ARGV[1] then return 0 end
local count = 0
while true do
  local each = redis.call('LPOP', KEYS[2])
  if not each then break end
  local id = redis.sha1hex(each)
  local deaths = redis.call('HINCRBY', KEYS[4], id, 1)
  if ARGV[2] == '0' or deaths < tonumber(ARGV[2]) then
    redis.call(ARGV[5], KEYS[1], each)
  else
    redis.call('HDEL', KEYS[4], id)
    local words = {unpack(ARGV, 6)}
    words[#words + 1] = each
    redis.call('XADD', KEYS[5], unpack(words))
  end
  count = count + 1
end
if ARGV[3] ~= '0' then redis.call('EXPIRE', KEYS[1], ARGV[3]) end
redis.call('PEXPIRE', KEYS[4], ARGV[4])
redis.call('ZREM', KEYS[3], KEYS[2])
return count
)lua");
  return made;
}

const char* pushing(list_end at) { return at == list_end::left ? "LPUSH" : "RPUSH"; }

message_list::taken read_taken(const script_outcome& what, bool arm) {
  message_list::taken found;
  found.failure = what.failure;
  if (what.failure != nullptr) return found;
  for (const auto& each : (*what.value)[0]) found.elements.emplace_back(each.text());
  if (arm) found.left = (*what.value)[1].integer();
  return found;
}

}  // namespace

kept_list::kept_list(std::shared_ptr<connection> link, list_place at,
                     std::chrono::milliseconds rhythm, std::int64_t deaths)
    : link_(std::move(link)),
      at_(std::move(at)),
      members_("sluice:processing:" + at_.key),
      mine_(members_ + ':' + uuid::random([this] { return link_->random(); }).to_string()),
      rhythm_(std::max(rhythm, std::chrono::milliseconds(1))),
      deaths_(deaths) {
  link_->set_timer(*this, link_->now() + rhythm_);
}

kept_list::~kept_list() { link_->cancel_timer(*this); }

void kept_list::take(std::size_t count, bool arm, taken_handler tell) {
  const auto known = unsure_ ? std::to_string(in_hand_) : "-1";
  const auto* const from = at_.end == list_end::left ? "LEFT" : "RIGHT";
  run_script(*link_, take_script(), {at_.key, mine_, members_},
             {std::to_string(count), known, longest_stay, from}, risk::once,
             [this, life = std::weak_ptr<void>(life_), arm,
              tell = std::move(tell)](const script_outcome& what) {
               auto found = read_taken(what, arm);
               if (!life.expired()) {
                 in_hand_ += found.elements.size();
                 unsure_ = what.failure != nullptr;
               }
               tell(std::move(found));
             });
}

command kept_list::removal(const std::string& element) const {
  return std::move(command("LREM").arg(mine_, -1, element));  // from the oldest on
}

void kept_list::forget(const std::string& element, finished tell) {
  --in_hand_;
  post(*link_, removal(element).frame(), risk::repeatable,
       [tell = std::move(tell)](const resp::value&, const error*) { tell(); });
}

void kept_list::give_back(const std::vector<std::string>& elements, finished tell) {
  in_hand_ -= std::min(in_hand_, elements.size());
  std::vector<std::string> words{lifetime(), pushing(at_.end)};
  words.insert(words.end(), elements.rbegin(), elements.rend());
  run_script(*link_, give_back_script(), {at_.key, mine_}, words, risk::repeatable,
             [tell = std::move(tell)](const script_outcome&) { tell(); });
}

void kept_list::bury(const std::string& element, const element_death& cause, finished tell) {
  --in_hand_;
  const auto now = server_time::of(*link_).now();
  post_unit(*link_, {list_burial(at_, element, cause, now), removal(element)}, risk::repeatable,
            [tell = std::move(tell)](const resp::value&, const error*) { tell(); });
}

// Scripts have looked at this process's list, and who looks is told of the next change: the last
// one leaves nothing in the server's table of watched keys.
void kept_list::leave(finished tell) {
  link_->cancel_timer(*this);
  if (in_hand_ > 0 || unsure_) return tell();
  post_unit(*link_,
            {command("ZREM").arg(members_, mine_), command("LPUSH").arg(mine_, ""),
             command("LPOP").arg(mine_)},
            risk::repeatable,
            [tell = std::move(tell)](const resp::value&, const error*) { tell(); });
}

std::string kept_list::lifetime() const {
  return std::to_string(at_.lifetime.value_or(std::chrono::seconds(0)).count());
}

// Those who have died.

void kept_list::beat() {
  link_->set_timer(*this, link_->now() + rhythm_);
  const auto silence = std::to_string((beats_to_death * rhythm_).count());
  run_script(*link_, beat_script(), {members_, mine_},
             {in_hand_ > 0 || unsure_ ? "1" : "0", silence, longest_stay}, risk::repeatable,
             [this, life = std::weak_ptr<void>(life_)](const script_outcome& what) {
               if (life.expired() || what.failure != nullptr) return;
               std::vector<std::string> silent;
               for (const auto& each : *what.value) silent.emplace_back(each.text());
               put_back(silent);
             });
}

void kept_list::put_back(const std::vector<std::string>& silent) {
  const element_death cause{.reason = "max_deliveries", .deliveries = deaths_};
  for (const auto& each : silent) {
    const auto words = burial_words(at_, cause, server_time::of(*link_).now());
    std::vector<std::string> all{std::to_string((beats_to_death * rhythm_).count()),
                                 std::to_string(deaths_), lifetime(), longest_stay,
                                 pushing(at_.end)};
    all.insert(all.end(), words.begin() + 1, words.end());
    run_script(*link_, put_back_script(),
               {at_.key, each, members_, members_ + ":deaths", words.front()}, all,
               risk::repeatable, [](const script_outcome&) {});
  }
}

}  // namespace sluice
