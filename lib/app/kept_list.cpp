#include "app/kept_list.hpp"

#include "app/list_burial.hpp"
#include "app/list_lifetime.hpp"
#include "app/posting.hpp"
#include "app/server_time.hpp"
#include "redis/script_call.hpp"

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
// long a list stays. After a lost answer it is asked what stands in the process's own list beyond
// what is in hand; that comes first. New elements are pushed at the left of both. Else nothing is
// read before the last step: who reads is told of the next change, even of its own, and older
// servers arm the bells of all keys.
const script& take_script() {
  static const script made(R"lua(
local taken = {}
if ARGV[2] ~= '-1' then
  local strays = math.min(redis.call('LLEN', KEYS[2]) - ARGV[2], tonumber(ARGV[1]))
  for i = strays - 1, 0, -1 do taken[#taken + 1] = redis.call('LINDEX', KEYS[2], i) end
end
while #taken < tonumber(ARGV[1]) do
  local each = redis.call('LMOVE', KEYS[1], KEYS[2], 'RIGHT', 'LEFT')
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

// KEYS: the list, this process's own. ARGV: the lifetime of the list, then elements, the newest
// first. What is not there any more was put back by others.
const script& give_back_script() {
  static const script made(R"lua(
for i = 2, #ARGV do
  if redis.call('LREM', KEYS[2], 1, ARGV[i]) > 0 then redis.call('RPUSH', KEYS[1], ARGV[i]) end
end
return redis.call('EXPIRE', KEYS[1], ARGV[1])
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
// dead letters. ARGV: silence, the most deliveries, lifetime of the list, stay, then the words of a
// burial without its element, which comes last. The oldest element ends rightmost, to be taken
// next.
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
    redis.call('RPUSH', KEYS[1], each)
  else
    redis.call('HDEL', KEYS[4], id)
    local words = {unpack(ARGV, 5)}
    words[#words + 1] = each
    redis.call('XADD', KEYS[5], unpack(words))
  end
  count = count + 1
end
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[4], ARGV[4])
redis.call('ZREM', KEYS[3], KEYS[2])
return count
)lua");
  return made;
}

message_list::taken read_taken(const script_outcome& what, bool arm) {
  message_list::taken found;
  found.failure = what.failure;
  if (what.failure != nullptr) return found;
  for (const auto& each : (*what.value)[0]) found.elements.emplace_back(each.text());
  if (arm) found.left = (*what.value)[1].integer();
  return found;
}

}  // namespace

kept_list::kept_list(std::shared_ptr<connection> link, std::string list, std::string group,
                     const listener_options& how)
    : link_(std::move(link)),
      list_(std::move(list)),
      group_(std::move(group)),
      members_("sluice:processing:" + list_),
      mine_(members_ + ':' + uuid::random([this] { return link_->random(); }).to_string()),
      rhythm_(std::max(how.heartbeat(), std::chrono::milliseconds(1))),
      deliveries_(how.max_deliveries()) {
  link_->set_timer(*this, link_->now() + rhythm_);
}

kept_list::~kept_list() {
  link_->cancel_timer(*this);
  if (in_hand_ > 0 || unsure_ || link_->closed()) return;
  // Scripts have looked at this process's list, and who looks is told of the next change: the last
  // one leaves nothing in the server's table of watched keys.
  post_unit(*link_,
            {command("ZREM").arg(members_, mine_), command("LPUSH").arg(mine_, ""),
             command("LPOP").arg(mine_)},
            risk::repeatable, [](const resp::value&, const error*) {});
}

void kept_list::take(std::size_t count, bool arm, taken_handler tell) {
  const auto known = unsure_ ? std::to_string(in_hand_) : "-1";
  run_script(*link_, take_script(), {list_, mine_, members_},
             {std::to_string(count), known, longest_stay}, risk::once,
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
  return std::move(command("LREM").arg(mine_, 1, element));
}

void kept_list::forget(const std::string& element, finished tell) {
  --in_hand_;
  post(*link_, removal(element).frame(), risk::repeatable,
       [tell = std::move(tell)](const resp::value&, const error*) { tell(); });
}

void kept_list::give_back(const std::vector<std::string>& elements, finished tell) {
  in_hand_ -= std::min(in_hand_, elements.size());
  std::vector<std::string> words{std::to_string(list_lifetime.count())};
  words.insert(words.end(), elements.rbegin(), elements.rend());
  run_script(*link_, give_back_script(), {list_, mine_}, words, risk::repeatable,
             [tell = std::move(tell)](const script_outcome&) { tell(); });
}

void kept_list::bury(const std::string& element, const std::string& reason, finished tell) {
  --in_hand_;
  const auto now = server_time::of(*link_).now();
  post_unit(*link_, {list_burial(list_, group_, element, reason, now), removal(element)},
            risk::repeatable,
            [tell = std::move(tell)](const resp::value&, const error*) { tell(); });
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
  for (const auto& each : silent) {
    const auto words = burial_words(list_, group_, "max_deliveries", server_time::of(*link_).now());
    std::vector<std::string> all{std::to_string((beats_to_death * rhythm_).count()),
                                 std::to_string(deliveries_), std::to_string(list_lifetime.count()),
                                 longest_stay};
    all.insert(all.end(), words.begin() + 1, words.end());
    run_script(*link_, put_back_script(),
               {list_, each, members_, members_ + ":deaths", words.front()}, all, risk::repeatable,
               [](const script_outcome&) {});
  }
}

}  // namespace sluice
