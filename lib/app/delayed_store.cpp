#include "app/delayed_store.hpp"

#include "app/keeping_scripts.hpp"
#include "redis/client_access.hpp"

#include <utility>

namespace sluice {
namespace {

using namespace std::chrono_literals;

// How long whoever took a message has for sending it; and when one that could not be sent is tried
// again.
constexpr std::chrono::milliseconds lease = 30s;

const script& put_script() {
  static const script made = keeping::made_of({keeping::server_clock, keeping::keep, R"lua(
local due = tonumber(ARGV[2])
if ARGV[3] == '1' then due = due + precise end
keep(due, KEYS[1], KEYS[2], ARGV[1], ARGV, 4)
)lua"});
  return made;
}

// The keys that messages go to are known to the set alone. What is stored is removed in the same
// step, so that an error of one message keeps none that was sent before it.
const script& send_due_script() {
  static const script made = keeping::made_of({keeping::server_clock, keeping::store, R"lua(
local taken, errors = {}, {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', precise, 'LIMIT', 0, ARGV[1])) do
  local kept = redis.call('HGET', KEYS[2], id)
  local message = kept and cmsgpack.unpack(kept)
  local again = false
  if message and message[1] == 'topic' then
    taken[#taken + 1] = {id, unpack(message)}
    again = true
  elseif message then
    local answer = store(redis.pcall, message, 1)
    again = type(answer) == 'table' and answer.err
    if again then errors[#errors + 1] = answer.err end
  end
  if again then
    redis.call('ZADD', KEYS[1], now + ARGV[2], id)
  else
    redis.call('ZREM', KEYS[1], id)
    redis.call('HDEL', KEYS[2], id)
  end
end
return {taken, errors}
)lua"});
  return made;
}

const script& cross_out_script() {
  static const script made(R"lua(
redis.call('HDEL', KEYS[2], ARGV[1])
return redis.call('ZREM', KEYS[1], ARGV[1])
)lua");
  return made;
}

boost::asio::awaitable<bool> cross_out_and_tell(client redis, std::vector<std::string> keys,
                                                std::vector<std::string> arguments) {
  auto removing = redis.exec(cross_out_script(), std::move(keys), std::move(arguments));
  const auto removed = co_await std::move(removing);
  co_return removed.as<std::int64_t>() > 0;
}

}  // namespace

delayed_store::delayed_store(const client& redis, std::string place)
    : redis_(redis), link_(client_access::link(redis)), place_(std::move(place)) {}

void delayed_store::put(const std::string& id, due_time due, const kept_message& what,
                        script_handler done) {
  std::vector<std::string> arguments{id, std::to_string(due.time.count()), due.from_now ? "1" : "0",
                                     std::string(what.kind), what.key};
  arguments.insert(arguments.end(), what.words.begin(), what.words.end());
  run_script(link_, put_script(), {set_key(), messages_key()}, arguments, risk::once,
             std::move(done));
}

void delayed_store::send_due(std::size_t most, script_handler done) {
  run_script(link_, send_due_script(), {set_key(), messages_key()},
             {std::to_string(most), std::to_string(lease.count())}, risk::repeatable,
             std::move(done));
}

void delayed_store::cross_out(const std::string& id) {
  run_script(link_, cross_out_script(), {set_key(), messages_key()}, {id}, risk::repeatable,
             [](const script_outcome&) {});
}

boost::asio::awaitable<bool> delayed_store::cancel(std::string id) const {
  std::vector<std::string> keys{set_key(), messages_key()};
  std::vector<std::string> arguments{std::move(id)};
  return cross_out_and_tell(redis_, std::move(keys), std::move(arguments));
}

taken_message delayed_store::read_taken(const resp::value& from) {
  taken_message made;
  std::size_t index = 0;
  for (const auto& each : from) {
    const std::string text(each.text());
    if (index == 0) made.id = text;
    if (index == 2) made.topic = text;
    if (index > 2) made.words.push_back(text);
    ++index;
  }
  return made;
}

}  // namespace sluice
