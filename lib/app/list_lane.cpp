#include "app/list_lane.hpp"

#include "app/json_answer.hpp"
#include "app/list_lifetime.hpp"
#include "redis/posting.hpp"
#include "redis/script_call.hpp"

#include "sluice/redis/command.hpp"
#include "sluice/redis/script.hpp"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

constexpr std::int64_t at_a_time = 64;

// What was seen is taken away only where it still stands: the script may run twice, and somebody
// else may go on with the conversation. ARGV: how many, the oldest, the newest; how many to show,
// or else for how long to keep what is given back.
const script& forget_and_look() {
  static const script made(R"lua(
local n = tonumber(ARGV[1])
local oldest, newest = redis.call('LINDEX', KEYS[1], -1), redis.call('LINDEX', KEYS[1], -n)
if oldest == ARGV[2] and newest == ARGV[3] then redis.call('LTRIM', KEYS[1], 0, -n - 1) end
return redis.call('LRANGE', KEYS[1], -ARGV[4], -1)
)lua");
  return made;
}

const script& forget_and_give_back() {
  static const script made(R"lua(
local n = tonumber(ARGV[1])
local oldest, newest = redis.call('LINDEX', KEYS[1], -1), redis.call('LINDEX', KEYS[1], -n)
if oldest ~= ARGV[2] or newest ~= ARGV[3] then return 0 end
redis.call('LTRIM', KEYS[1], 0, -n - 1)
for i = 5, #ARGV do redis.call('RPUSH', KEYS[1], ARGV[i]) end
return redis.call('EXPIRE', KEYS[1], ARGV[4])
)lua");
  return made;
}

}  // namespace

list_lane::list_lane(std::shared_ptr<connection> link, std::shared_ptr<lane_state> whose)
    : link_(std::move(link)), lane_(whose), key_(whose->id()) {
  link_->bells().add(key_, *this);
}

list_lane::~list_lane() { link_->bells().remove(key_, *this); }

void list_lane::prepare(connection& link) {
  for (const auto* const each : {&forget_and_look(), &forget_and_give_back()}) {
    link.prepare_links(command("SCRIPT").arg("LOAD", each->text()).frame());
  }
}

void list_lane::want() {
  if (dirty_ || !armed_) look();
}

void list_lane::check() {
  dirty_ = true;
  const auto lane = lane_.lock();
  if (lane && lane->awaited()) look();
}

void list_lane::on_ring() {
  armed_ = false;
  check();
}

void list_lane::on_link_ready() {
  armed_ = false;
  check();
}

std::vector<std::string> list_lane::what_was_seen() const {
  return {std::to_string(seen_.size()), seen_.back(), seen_.front()};
}

void list_lane::look() {
  const auto lane = lane_.lock();
  if (looking_ || !lane || lane->over()) return;
  looking_ = true;
  if (seen_.empty()) {
    const auto words = command("LRANGE").arg(key_, -at_a_time, -1);
    post(*link_, words.frame(), risk::repeatable,
         [self = shared_from_this()](const resp::value& elements, const error* failure) {
           failure == nullptr ? self->on_seen(elements) : self->on_failed(*failure);
         });
    return;
  }
  auto words = what_was_seen();
  words.push_back(std::to_string(at_a_time));
  run_script(*link_, forget_and_look(), {key_}, words, risk::repeatable,
             [self = shared_from_this()](const script_outcome& what) {
               what.failure == nullptr ? self->on_seen(*what.value)
                                       : self->on_failed(*what.failure);
             });
}

// A ring that came before this reply is about a change that the reply shows.
void list_lane::on_seen(const resp::value& elements) {
  looking_ = false;
  armed_ = true;
  seen_.clear();
  for (const auto& each : elements) seen_.emplace_back(each.text());
  dirty_ = seen_.size() == static_cast<std::size_t>(at_a_time);
  const auto lane = lane_.lock();
  if (!lane) return;
  bool news = false;
  for (auto each = seen_.rbegin(); each != seen_.rend(); ++each) {
    auto what = read_answer_json(*each);
    if (!what) continue;
    what->id = key_;
    news = lane->on_answer(*std::move(what)) || news;
  }
  if (!news && dirty_ && lane->awaited()) look();
}

void list_lane::on_failed(const error& why) {
  looking_ = armed_ = false;
  dirty_ = true;
  const bool passes = why.code() == condition::retryable || why.code() == errc::outcome_unknown ||
                      why.code() == errc::timeout;
  const auto lane = lane_.lock();
  if (lane && !passes) lane->on_lost(why);
}

// The end.

void list_lane::close() {
  const auto lane = lane_.lock();
  if (!lane) return;
  const auto unread = lane->take_unread();
  const bool wanted = std::any_of(unread.begin(), unread.end(),
                                  [](const answer& each) { return each.has_value(); });
  if (lane->over() && !wanted) {
    post(*link_, command("UNLINK").arg(key_).frame(), risk::repeatable,
         [](const resp::value&, const error*) {});
  } else if (!seen_.empty() && !looking_) {
    give_back(unread);
  } else if (armed_ || looking_) {
    silence();
  }
}

// Where others that go on with the conversation find it, in its order.
void list_lane::give_back(const std::deque<answer>& unread) {
  auto words = what_was_seen();
  words.push_back(std::to_string(list_lifetime.count()));
  for (auto each = unread.rbegin(); each != unread.rend(); ++each) {
    const auto elements = write_answer_json(*each);
    words.insert(words.end(), elements.rbegin(), elements.rend());
  }
  run_script(*link_, forget_and_give_back(), {key_}, words, risk::once,
             [](const script_outcome&) {});
}

// A key that is watched and never comes to life stays in the server's table of watched keys.
void list_lane::silence() {
  post_unit(*link_, {command("LPUSH").arg(key_, ""), command("LPOP").arg(key_)}, risk::once,
            [](const resp::value&, const error*) {});
}

}  // namespace sluice
