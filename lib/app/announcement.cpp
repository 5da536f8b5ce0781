#include "app/announcement.hpp"

#include "app/service_codec.hpp"
#include "redis/posting.hpp"
#include "redis/script_call.hpp"

#include "sluice/redis/command.hpp"
#include "sluice/redis/script.hpp"

#include <boost/asio/co_spawn.hpp>

#include <utility>

namespace sluice {
namespace {

using namespace std::chrono_literals;

constexpr auto told_every = 5s;

// By the server's clock, which is the same for all. Whoever tells also forgets a few that have not
// told for long.
const script& tell_script() {
  static const script made(R"(
local at = redis.call('TIME')
local now = at[1] * 1000 + math.floor(at[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], 60000)
redis.call('PEXPIRE', KEYS[2], 60000)
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], 0, now - 60000, 'LIMIT', 0, 10)) do
  redis.call('ZREM', KEYS[1], gone)
  redis.call('HDEL', KEYS[2], gone)
end
return now
)");
  return made;
}

}  // namespace

announcement::announcement(std::shared_ptr<connection> link, teller what)
    : link_(std::move(link)), what_(std::move(what)) {}

announcement::~announcement() { end(); }

void announcement::begin() {
  ended_ = false;
  link_->observe(*this);
  tell();
}

void announcement::tell() {
  link_->set_timer(*this, link_->now() + told_every);
  if (std::exchange(telling_, true)) return;
  boost::asio::co_spawn(
      link_->executor(), what_(),
      [whose = weak_from_this()](const std::exception_ptr& failure, const service_info& found) {
        const auto self = whose.lock();
        if (!self) return;
        self->telling_ = false;
        if (!failure && !self->ended_) self->store(found);
      });
}

void announcement::store(const service_info& what) {
  telling_ = true;
  instance_ = what.instance;
  run_script(*link_, tell_script(), service_keys(), {what.instance, encode_service(what)},
             risk::repeatable, [whose = weak_from_this()](const script_outcome&) {
               if (const auto self = whose.lock()) self->telling_ = false;
             });
}

void announcement::end() noexcept {
  if (std::exchange(ended_, true)) return;
  link_->forget(*this);
  link_->cancel_timer(*this);
  const auto keys = service_keys();
  for (const auto& [name, key] : {std::pair("ZREM", keys[0]), std::pair("HDEL", keys[1])}) {
    command away(name);
    away.arg(key, instance_);
    post(*link_, away.frame(), risk::repeatable, [](const resp::value&, const error*) {});
  }
}

}  // namespace sluice
