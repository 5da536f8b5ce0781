#include "topic/settlement.hpp"

#include "group/group_access.hpp"
#include "redis/client_access.hpp"
#include "topic/settle_script.hpp"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

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

boost::asio::awaitable<int> settler::settle(const delivery& what, const std::string& topic,
                                            const uuid& id, std::uint64_t number) {
  const auto passed = answered_;
  std::vector<std::string> keys;
  keys.push_back(what.stream());
  keys.push_back(keys_.checkpoint(topic));
  keys.push_back(keys_.settles(incarnation_));
  keys.push_back(keys_.seen(topic, id));
  std::vector<std::string> arguments;
  arguments.push_back(keys_.group());
  arguments.push_back(keys_.consumer());
  arguments.emplace_back(what.id_text());
  arguments.push_back(std::to_string(remember_for_.count()));
  arguments.push_back(std::to_string(number));
  for (const auto each : passed) arguments.push_back(std::to_string(each));
  const auto answered =
      co_await redis_.exec(settle_script(), std::move(keys), std::move(arguments));
  const int answer = answered.as<int>();
  const auto heard = static_cast<settle_answer>(answer);
  if (heard == settle_answer::settled || heard == settle_answer::seen) {
    std::erase_if(answered_, [&](std::uint64_t each) {
      return std::find(passed.begin(), passed.end(), each) != passed.end();
    });
  }
  if (heard == settle_answer::settled) answered_.push_back(number);
  co_return answer;
}

settlement::settlement(std::shared_ptr<settler> by, delivery what, std::string topic)
    : by_(std::move(by)),
      what_(std::move(what)),
      topic_(std::move(topic)),
      number_(by_->next_number()) {}

boost::asio::awaitable<void> settlement::settle(std::shared_ptr<settlement> which, uuid id) {
  if (!which->open()) {
    throw refusal_of(which->what_, errc::already_settled,
                     "its handler has settled it, or has been told that it cannot be");
  }
  return ask(std::move(which), id);
}

boost::asio::awaitable<void> settlement::ask(std::shared_ptr<settlement> which, uuid id) {
  which->state_ = state::under_way;
  std::exception_ptr failure;
  int answer = 0;
  try {
    answer = co_await which->by_->settle(which->what_, which->topic_, id, which->number_);
  } catch (const error& why) {
    // Without its group nothing is pending. Where the group is made again, the entry comes again.
    if (why.code() == errc::no_group) answer = static_cast<int>(settle_answer::gone);
    failure = std::current_exception();
  } catch (...) {
    failure = std::current_exception();
  }
  which->state_ = state::open;
  if (answer == 0) std::rethrow_exception(failure);
  which->conclude(answer);
}

void settlement::conclude(int answer) {
  switch (static_cast<settle_answer>(answer)) {
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
