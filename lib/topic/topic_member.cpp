#include "topic/topic_member.hpp"

#include "group/group_access.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

constexpr const char* once_consumer = "once-consumer";

topic_group checked(client redis, topic_group what) {
  const auto refuse = [](const char* why) { throw error(errc::invalid_argument, why); };
  if (what.group().empty()) refuse("a group needs a name");
  if (what.remember_for() < 1s) refuse("a settled message is remembered for a second at least");
  if (what.read_ahead() < 1 || what.read_ahead() > 100) {
    refuse("what is read ahead of a topic is 1 to 100 entries");
  }
  // It refuses now what every run would, and the name that it makes up is the same in all of them.
  group membership(what.group());
  membership.stream("-").consumer(what.consumer()).heartbeat(what.heartbeat());
  if (what.claim_timeout() != 0ms) membership.claim_timeout(what.claim_timeout());
  const group_consumer member(std::move(redis), membership);
  what.consumer(member.consumer_name());
  return what;
}

}  // namespace

/// One run under one name. While it lives, `stop` finds what reads.
struct topic_member::shift {
  shift(topic_member& whose, const std::string& consumer, waiting how_long)
      : member(whose),
        settling(std::make_shared<settler>(
            whose.asking_.redis(), topic_keys(whose.what_.prefix(), whose.what_.group(), consumer),
            whose.what_.remember_for())),
        in(whose.asking_.redis(), whose.membership_of(consumer).wait(how_long)) {
    // Two runs may have been asked for before the first began.
    member.refuse_to_run_twice();
    member.reading_ = &in;
  }
  shift(const shift&) = delete;
  shift& operator=(const shift&) = delete;
  ~shift() { member.reading_ = nullptr; }

  topic_member& member;
  std::shared_ptr<settler> settling;
  group_consumer in;
};

topic_member::topic_member(client redis, topic_group what)
    : asking_(redis), what_(checked(std::move(redis), std::move(what))), worker_(asking_, what_) {}

void topic_member::refuse_to_run_twice() const {
  if (reading_ != nullptr) throw error(errc::invalid_argument, "this topic consumer runs already");
}

void topic_member::get_ready() {
  refuse_to_run_twice();
  const auto& lines = worker_.lines();
  if (lines.empty()) throw error(errc::invalid_argument, "there is no topic to consume");
  for (const auto& [topic, line] : lines) {
    if (!line.work) {
      throw error(errc::invalid_argument, "the topic '" + topic + "' has no handler");
    }
  }
  asking_.begin_again();
}

group topic_member::membership_of(const std::string& consumer) const {
  group membership(what_.group());
  membership.consumer(consumer).wake_by(what_.wake_by());
  membership.heartbeat(what_.heartbeat());
  if (what_.claim_timeout().count() > 0) membership.claim_timeout(what_.claim_timeout());
  // Only what is asked for: what waits here for long may be claimed by others.
  membership.prefetch(0);
  for (const auto& [topic, line] : worker_.lines()) {
    membership.stream(topic_keys::stream(what_.prefix(), topic));
  }
  return membership;
}

void topic_member::stop() noexcept {
  asking_.end();
  if (reading_ != nullptr) reading_->close();
}

asio::awaitable<void> topic_member::run() {
  shift now(*this, what_.consumer(), waiting::for_ever());
  co_await work_off(now);
}

asio::awaitable<bool> topic_member::run_once() {
  shift now(*this, once_consumer, waiting::none());
  const auto key = now.settling->keys().once();
  command look("GET");
  look.arg(key);
  const auto done = co_await asking_.exec(std::move(look));
  if (!done.is_null()) co_return true;
  co_await work_off(now);
  if (asking_.ended()) co_return false;
  const bool all_settled = co_await nothing_pending();
  if (all_settled) co_await mark_done(key);
  co_return all_settled;
}

asio::awaitable<void> topic_member::work_off(shift& now) {
  for (;;) {
    auto batch = co_await next_batch(now.in);
    if (batch.empty()) co_return;
    // What has arrived of all topics is worked on in the order in which it was sent.
    std::stable_sort(batch.begin(), batch.end(), [](const delivery& one, const delivery& other) {
      return one.id() < other.id();
    });
    for (auto each = batch.begin(); each != batch.end(); ++each) {
      if (asking_.ended()) co_return;
      const auto follower = std::next(each);
      const auto next = follower == batch.end() ? std::string() : now.settling->seen_key(*follower);
      co_await worker_.handle(now.settling, std::move(*each), next);
    }
  }
}

asio::awaitable<std::vector<delivery>> topic_member::next_batch(group_consumer& from) {
  std::uint32_t failures = 0;
  while (!asking_.ended()) {
    auto batch = co_await as_result(group_access::get_arrived(from, what_.read_ahead()));
    if (batch) co_return *std::move(batch);
    if (batch.error().code() != condition::retryable) throw batch.error();
    co_await asking_.rest(failures);
  }
  co_return std::vector<delivery>();
}

asio::awaitable<bool> topic_member::nothing_pending() {
  for (const auto& [topic, line] : worker_.lines()) {
    command look("XPENDING");
    look.arg(topic_keys::stream(what_.prefix(), topic)).arg(what_.group());
    const auto pending = co_await asking_.exec(std::move(look));
    const auto& summary = pending.value();
    if (summary.size() == 0 || (*summary.begin()).integer().value_or(1) != 0) co_return false;
  }
  co_return true;
}

asio::awaitable<void> topic_member::mark_done(std::string key) {
  const auto time = client_access::link(asking_.redis()).time().wall_now().time_since_epoch();
  command mark("SET");
  mark.arg(key).arg(std::chrono::duration_cast<std::chrono::seconds>(time).count());
  co_await asking_.exec(std::move(mark));
}

}  // namespace sluice
