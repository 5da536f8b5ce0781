#include "app/schedule_store.hpp"

#include "app/keeping_scripts.hpp"
#include "redis/client_access.hpp"

#include <charconv>
#include <utility>
#include <vector>

namespace sluice {
namespace {

using namespace std::chrono_literals;

// How long processes that run still learn that a schedule was removed, which they would otherwise
// take for a server that lost its data.
constexpr std::chrono::milliseconds remembered_for = 24h;

constexpr const char* index_key = "sluice:schedules";

// All scripts that change one answer: the server's time, what is sent when, and the last time.
constexpr const char* answer_state = R"lua(
local function state()
  local known = redis.call('HMGET', KEYS[1], 'when', 'task', 'last')
  return {now, known[1] or '', known[2] or '', known[3] or ''}
end
)lua";

const script& join_script() {
  static const script made = keeping::made_of({keeping::server_clock, answer_state, R"lua(
local known = redis.call('HMGET', KEYS[1], 'when', 'task', 'last', 'removed')
local set = ARGV[3] == '1' or (not known[1] and not known[4])
if set and (known[1] ~= ARGV[1] or known[2] ~= ARGV[2]) then
  local last = known[1] == ARGV[1] and known[3] or now
  redis.call('HSET', KEYS[1], 'when', ARGV[1], 'task', ARGV[2], 'last', last,
             'app', ARGV[4], 'name', ARGV[5])
  redis.call('HDEL', KEYS[1], 'removed')
  redis.call('PERSIST', KEYS[1])
  redis.call('SADD', KEYS[2], KEYS[1])
end
return state()
)lua"});
  return made;
}

// The message first: where it is refused, its time is still to come.
const script& send_script() {
  static const script made =
      keeping::made_of({keeping::server_clock, answer_state, keeping::store, keeping::keep, R"lua(
local known = redis.call('HMGET', KEYS[1], 'when', 'task', 'last')
local next = known[1] == ARGV[1] and known[2] == ARGV[2] and known[3] == ARGV[3]
if next and now >= tonumber(ARGV[4]) then
  if ARGV[5] == '' then
    store(redis.call, ARGV, 7)
  else
    keep(precise + ARGV[5], KEYS[2], KEYS[3], ARGV[6], ARGV, 7)
  end
  redis.call('HSET', KEYS[1], 'last', ARGV[4])
end
return state()
)lua"});
  return made;
}

const script& remove_script() {
  static const script made(R"lua(
local known = redis.call('HEXISTS', KEYS[1], 'when')
redis.call('DEL', KEYS[1])
redis.call('SREM', KEYS[2], KEYS[1])
redis.call('HSET', KEYS[1], 'removed', 1)
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return known
)lua");
  return made;
}

const script& schedule_list_script() {
  static const script made = keeping::made_of({keeping::server_clock, R"lua(
local found = {}
for _, key in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  local known = redis.call('HMGET', key, 'app', 'name', 'when', 'task', 'last')
  if known[3] then found[#found + 1] = known end
end
return {now, found}
)lua"})
                                 .repeatable(true);
  return made;
}

boost::asio::awaitable<reply> ask_all(client redis) {
  std::vector<std::string> keys;
  keys.emplace_back(index_key);
  auto asking = redis.exec(schedule_list_script(), std::move(keys), std::vector<std::string>());
  reply answer = co_await std::move(asking);
  co_return answer;
}

boost::asio::awaitable<bool> remove_and_tell(client redis, std::vector<std::string> keys) {
  std::vector<std::string> arguments;
  arguments.push_back(std::to_string(remembered_for.count()));
  auto removing = redis.exec(remove_script(), std::move(keys), std::move(arguments));
  const auto removed = co_await std::move(removing);
  co_return removed.as<std::int64_t>() > 0;
}

}  // namespace

schedule_store::schedule_store(const client& redis, std::string app)
    : redis_(redis), link_(client_access::link(redis)), app_(std::move(app)) {}

void schedule_store::join(const std::string& name, const schedule_record& what, mode how,
                          script_handler done) {
  run_script(link_, join_script(), {key(name), index_key},
             {what.when, what.task, how == mode::set ? "1" : "0", app_, name}, risk::repeatable,
             std::move(done));
}

void schedule_store::send(const std::string& name, const schedule_state& from, tick when,
                          const kept_message& what, const std::string& id,
                          std::string_view waiting_place,
                          std::optional<std::chrono::milliseconds> later, script_handler done) {
  const std::string place(waiting_place);
  std::vector<std::string> arguments{from.known.when,
                                     from.known.task,
                                     from.last,
                                     std::to_string(when.count()),
                                     later ? std::to_string(later->count()) : "",
                                     id,
                                     std::string(what.kind),
                                     what.key};
  arguments.insert(arguments.end(), what.words.begin(), what.words.end());
  run_script(link_, send_script(), {key(name), place, place + ":messages", what.key}, arguments,
             risk::repeatable, std::move(done));
}

boost::asio::awaitable<bool> schedule_store::remove(const std::string& name) const {
  std::vector<std::string> keys{key(name), index_key};
  return remove_and_tell(redis_, std::move(keys));
}

boost::asio::awaitable<reply> schedule_store::list(client redis) {
  return ask_all(std::move(redis));
}

tick schedule_store::read_tick(std::string_view text) {
  tick::rep count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return tick(count);
}

schedule_state schedule_store::read_state(const resp::value& from) {
  schedule_state made;
  made.now = tick(from[0].integer().value_or(0));
  made.known.when = from[1].text();
  made.known.task = from[2].text();
  made.last = from[3].text();
  return made;
}

}  // namespace sluice
