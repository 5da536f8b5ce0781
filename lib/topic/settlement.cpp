#include "topic/settlement.hpp"

#include "group/group_access.hpp"
#include "redis/client_access.hpp"
#include "topic/message_codec.hpp"

#include <utility>

namespace sluice {
namespace {

using namespace std::chrono_literals;

// A handler may settle and go on working. Meanwhile others may settle what comes next, and to work
// on it would be in vain.
constexpr auto freshness = 100ms;

error refusal_of(const delivery& what, errc code, const char* why) {
  return error(
      code,
      diagnostics(why).stream(what.stream()).group(what.group()).id(std::string(what.id_text())));
}

}  // namespace

settler::settler(client redis, topic_keys keys, std::chrono::seconds remember_for)
    : redis_(std::move(redis)), keys_(std::move(keys)), remember_for_(remember_for) {
  auto& link = client_access::link(redis_);
  incarnation_ = uuid::random([&link] { return link.random(); }).to_string();
}

settler::ticket settler::issue() {
  if (free_.empty()) free_.push_back(places_++);
  const auto place = free_.back();
  free_.pop_back();
  return {place, ++last_number_};
}

bool settler::must_renew(clock::time_point now) const {
  return !renewed_ || now - *renewed_ >= remember_for_;
}

boost::asio::awaitable<settle_answer> settler::settle(const script& how, const delivery& what,
                                                      const std::string& topic, const uuid& id,
                                                      ticket by, const std::string& next) {
  std::vector<std::string> keys;
  keys.reserve(5);
  keys.push_back(what.stream());
  keys.push_back(keys_.checkpoint(topic));
  keys.push_back(keys_.settles(incarnation_));
  keys.push_back(keys_.seen(topic, id));
  if (!next.empty() && next != keys.back()) keys.push_back(next);
  const bool looks_ahead = keys.size() > 4;
  std::vector<std::string> arguments;
  arguments.reserve(7);
  arguments.push_back(keys_.group());
  arguments.push_back(keys_.consumer());
  arguments.emplace_back(what.id_text());
  arguments.push_back(std::to_string(remember_for_.count()));
  arguments.push_back(std::to_string(by.place));
  arguments.push_back(std::to_string(by.number));
  const auto begun = client_access::link(redis_).now();
  const bool renews = must_renew(begun);
  if (renews) arguments.emplace_back("renew");
  const auto answered = co_await redis_.exec(how, std::move(keys), std::move(arguments));
  auto answer = answered.as<int>();
  const bool seen = answer > settled_ahead;
  if (seen) answer -= settled_ahead;
  if (looks_ahead) look_ahead(next, seen);
  const auto heard = static_cast<settle_answer>(answer);
  if (renews && heard == settle_answer::settled) renewed_ = begun;
  co_return heard;
}

std::string settler::seen_key(const delivery& of) const {
  const auto id = message_id_of(of);
  return id ? keys_.seen(keys_.topic(of.stream()), *id) : std::string();
}

void settler::look_ahead(const std::string& seen_key, bool seen) {
  next_ = glimpse{.key = seen_key, .seen = seen, .when = client_access::link(redis_).now()};
}

std::optional<bool> settler::foreseen(const std::string& seen_key) {
  const auto known = std::exchange(next_, std::nullopt);
  const auto now = client_access::link(redis_).now();
  if (!known || known->key != seen_key || now - known->when > freshness) return std::nullopt;
  return known->seen;
}

settlement::settlement(std::shared_ptr<settler> by, delivery what, std::string topic,
                       std::string next)
    : by_(std::move(by)),
      what_(std::move(what)),
      topic_(std::move(topic)),
      next_(std::move(next)) {}

void settlement::give_ticket_back() {
  if (const auto mine = std::exchange(ticket_, std::nullopt)) by_->take_back(*mine);
}

boost::asio::awaitable<void> settlement::settle(std::shared_ptr<settlement> which, uuid id) {
  if (!which->open()) {
    throw refusal_of(which->what_, errc::already_settled,
                     "its handler has settled it, or has been told that it cannot be");
  }
  return ask(std::move(which), settle_script(), id);
}

boost::asio::awaitable<void> settlement::settle_again(std::shared_ptr<settlement> which, uuid id) {
  return ask(std::move(which), settle_script_again(), id);
}

boost::asio::awaitable<void> settlement::ask(std::shared_ptr<settlement> which, const script& how,
                                             uuid id) {
  which->state_ = state::under_way;
  if (!which->ticket_) which->ticket_ = which->by_->issue();
  std::exception_ptr failure;
  std::optional<settle_answer> answer;
  try {
    answer = co_await which->by_->settle(how, which->what_, which->topic_, id, *which->ticket_,
                                         which->next_);
  } catch (const error& why) {
    // Without its group nothing is pending. Where the group is made again, the entry comes again.
    if (why.code() == errc::no_group) answer = settle_answer::gone;
    failure = std::current_exception();
  } catch (...) {
    failure = std::current_exception();
  }
  which->state_ = state::open;
  if (!answer) std::rethrow_exception(failure);
  which->conclude(*answer);
}

void settlement::conclude(settle_answer answer) {
  give_ticket_back();
  switch (answer) {
    case settle_answer::settled:
      state_ = state::settled;
      group_access::settle_quietly(what_);
      ++client_access::link(by_->redis()).counted().acknowledged;
      return;
    case settle_answer::seen:
      state_ = state::refused;
      group_access::settle_quietly(what_);
      throw refusal_of(what_, errc::already_settled, "the message was settled before");
    case settle_answer::claimed:
      state_ = state::refused;
      throw refusal_of(what_, errc::lease_lost, "another member has claimed the entry");
    case settle_answer::gone:
      break;
  }
  state_ = state::refused;
  throw refusal_of(what_, errc::already_settled, "the entry is not pending any more");
}

boost::asio::awaitable<void> settlement::dismiss(std::shared_ptr<settlement> which) {
  if (!which->open()) co_return;
  const auto& keys = which->by_->keys();
  std::vector<std::string> what;
  what.push_back(which->what_.stream());
  what.push_back(keys.checkpoint(which->topic_));
  std::vector<std::string> who;
  who.push_back(keys.group());
  who.push_back(keys.consumer());
  who.emplace_back(which->what_.id_text());
  co_await client(which->by_->redis()).exec(dismiss_script(), std::move(what), std::move(who));
  which->state_ = state::settled;
  group_access::settle_quietly(which->what_);
}

boost::asio::awaitable<void> settlement::give_back(std::shared_ptr<settlement> which,
                                                   std::chrono::milliseconds delay) {
  if (!which->open()) co_return;
  which->state_ = state::refused;
  auto given_back = std::move(which->what_).nack(delay);
  co_await std::move(given_back);
}

boost::asio::awaitable<void> settlement::bury(std::shared_ptr<settlement> which, std::string reason,
                                              std::string error_text) {
  if (!which->open()) co_return;
  which->state_ = state::refused;
  auto buried = std::move(which->what_).reject(std::move(reason), std::move(error_text));
  co_await std::move(buried);
}

void settlement::leave() {
  if (open()) group_access::settle_quietly(what_);
}

}  // namespace sluice
