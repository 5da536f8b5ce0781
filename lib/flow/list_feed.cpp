#include "flow/list_feed.hpp"

#include "group/retry_verdict.hpp"
#include "list/kept_list.hpp"
#include "list/popped_list.hpp"
#include "redis/client_access.hpp"

#include "sluice/core/thrown.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace sluice::flow {
namespace asio = boost::asio;
namespace {

// Whose the dead letters are, where entries of streams have their group.
constexpr auto nobody_special = "pipeline";

std::unique_ptr<message_list> open_list(const std::shared_ptr<connection>& link,
                                        const std::string& key, const lists& what,
                                        const retry_policy& retry,
                                        const std::shared_ptr<list_isolation>& isolation) {
  list_place at{.key = key, .group = nobody_special, .end = what.end()};
  if (!what.keep_until_done()) return std::make_unique<popped_list>(link, std::move(at));
  return std::make_unique<kept_list>(link, std::move(at), isolation, what.heartbeat(),
                                     retry.attempts());
}

// Where an answer was lost it is asked again: what was kept is found.
bool passes(const error& why) {
  return why.code() == condition::retryable || why.code() == errc::outcome_unknown ||
         why.code() == errc::closed;
}

}  // namespace

/// An element on its way. It keeps the feed alive, and returns to it.
class list_feed::element_origin final : public origin {
 public:
  // It copies the text into memory that it keeps from one element to the next.
  void begin(std::shared_ptr<list_feed> from, const element& which) {
    feed_ = std::move(from);
    which_ = which;
  }

 private:
  void on_done() noexcept override {
    const auto feed = std::move(feed_);
    feed->on_done(which_);
    feed->idle_.emplace_back(this);
  }
  void on_failed(const std::exception_ptr& why, const verdict& what) noexcept override {
    const auto feed = std::move(feed_);
    feed->on_failed(which_, why, what);
    feed->idle_.emplace_back(this);
  }

  std::shared_ptr<list_feed> feed_;
  element which_;
};

list_feed::list_feed(client redis, lists what, retry_policy retry)
    : redis_(std::move(redis)),
      link_(client_access::shared_link(redis_)),
      what_(std::move(what)),
      retry_(std::move(retry)),
      isolation_(std::make_shared<list_isolation>(kept_list::silence(what_.heartbeat()))),
      change_(*link_) {}

list_feed::~list_feed() = default;

void list_feed::join(runtime& where) {
  where.at_hand_back([self = shared_from_this()] { self->handing_back_ = true; });
  where.at_end([self = shared_from_this()] { return finish(self); });
}

// In.

void list_feed::begin() {
  if (std::exchange(begun_, true)) return;
  isolation_->when_free([this] {
    held_ = true;
    advance();
    change_.open();
  });
  list_taker& taker = *this;
  for (const auto& key : what_.keys()) {
    readers_.push_back(std::make_unique<list_reader>(
        link_, key, open_list(link_, key, what_, retry_, isolation_), taker));
  }
  for (const auto& each : readers_) each->open();
}

void list_feed::advance() {
  for (const auto& each : readers_) each->advance();
}

std::size_t list_feed::room(const list_reader& at) const {
  if (closed_ || arrived_.size() > what_.prefetch() / 2) return 0;
  for (const auto& each : readers_) {
    if (each.get() == &at) break;
    if (each->hopeful()) return 0;
  }
  const auto under_way = [](const auto& each) { return each->under_way(); };
  return std::ranges::any_of(readers_, under_way) ? 0 : what_.prefetch() - arrived_.size();
}

void list_feed::on_taken(list_reader& at, std::vector<std::string> elements) {
  for (auto& each : elements) arrived_.push_back({&at, std::move(each), taken_++, 1});
  if (closed_) {
    give_back_arrived();
  } else {
    advance();
  }
  change_.open();
}

void list_feed::on_refused(const list_reader& at, const error& why) {
  if (!passes(why) && !refusal_) {
    auto about = why.why();
    refusal_.emplace(why.code(), std::move(about.stream(at.key())));
  }
  advance();
  change_.open();
}

std::shared_ptr<list_taker> list_feed::kept() {
  return {shared_from_this(), static_cast<list_taker*>(this)};
}

// Out.

asio::awaitable<std::optional<item<list_element>>> list_feed::next(
    std::shared_ptr<list_feed> self) {
  self->begin();
  auto limit = self->end_of_wait();
  std::optional<item<list_element>> found;
  while (!(found = self->take())) {
    if (self->refusal_) throw *self->refusal_;
    if (!self->closed_ && self->link_->closed()) throw error(errc::closed);
    const auto state = co_await asio::this_coro::cancellation_state;
    const bool cancelled = state.cancelled() != asio::cancellation_type::none;
    if (std::exchange(self->held_, false)) limit = self->end_of_wait();
    if (self->closed_ || cancelled || self->over(limit)) break;
    co_await self->change_.wait(self->next_look(limit));
  }
  if (!found) self->close();
  co_return found;
}

clock::time_point list_feed::end_of_wait() const {
  const auto how_long = what_.wait();
  if (how_long.is_for_ever() || how_long.is_none()) return clock::time_point::max();
  return link_->time().now() + how_long.limit();
}

bool list_feed::waits_for_isolation() const { return isolation_->holds(link_->now()); }

// What failed and will be tried again is worth waiting for, and so is what may not be taken yet.
bool list_feed::over(clock::time_point limit) const {
  if (!resting_.empty() || waits_for_isolation()) return false;
  if (!what_.wait().is_none()) return link_->time().now() >= limit;
  return std::ranges::all_of(readers_, [](const auto& each) { return each->found_empty(); });
}

clock::time_point list_feed::next_look(clock::time_point limit) const {
  if (!resting_.empty()) return resting_.begin()->first;
  return waits_for_isolation() ? clock::time_point::max() : limit;
}

std::optional<item<list_element>> list_feed::take() {
  if (closed_) return std::nullopt;
  if (!resting_.empty() && resting_.begin()->first <= link_->time().now()) {
    auto again = std::move(resting_.extract(resting_.begin()).mapped());
    return hand_out(std::move(again));
  }
  if (arrived_.empty()) return std::nullopt;
  auto made = hand_out(std::move(arrived_.front()));
  arrived_.pop_front();
  if (arrived_.size() == what_.prefetch() / 2) advance();
  return made;
}

item<list_element> list_feed::hand_out(element&& which) {
  if (idle_.empty()) idle_.push_back(std::make_unique<element_origin>());
  auto* const from = idle_.back().release();
  idle_.pop_back();
  from->begin(shared_from_this(), which);
  return {list_element(which.from->key(), std::move(which.text)), receipt(*from)};
}

// Back.

void list_feed::on_done(const element& which) {
  if (handing_back_) return left_.push_back(which);
  if (what_.keep_until_done()) which.from->elements().forget(which.text, settling());
}

void list_feed::on_failed(const element& which, const std::exception_ptr& why, verdict what) {
  if (handing_back_) return left_.push_back(which);
  if (what.what() == verdict::kind::retry) {
    what = retry_verdict(retry_, which.attempts, why, link_->random());
  }
  switch (what.what()) {
    case verdict::kind::ack:
      return on_done(which);
    case verdict::kind::reject:
      return bury(which, what.reason(), why);
    case verdict::kind::leave:
      return left_.push_back(which);
    case verdict::kind::nack:
    case verdict::kind::retry:
    case verdict::kind::rethrow:
      return rest(which, what.delay());
  }
}

void list_feed::rest(element which, std::chrono::milliseconds pause) {
  if (closed_) return left_.push_back(std::move(which));
  ++which.attempts;
  resting_.emplace(link_->time().now() + pause, std::move(which));
  change_.open();
}

void list_feed::bury(const element& which, std::string reason, const std::exception_ptr& why) {
  which.from->elements().bury(
      which.text,
      {.reason = std::move(reason), .error = thrown_text(why), .deliveries = which.attempts},
      settling());
}

message_list::finished list_feed::settling() {
  ++settling_;
  return [self = shared_from_this()](const error*) {
    if (--self->settling_ == 0) self->change_.open();
  };
}

// The end.

void list_feed::close() noexcept {
  if (std::exchange(closed_, true)) return;
  for (const auto& each : readers_) each->stop();
  for (auto& [when, each] : std::exchange(resting_, {})) arrived_.push_back(std::move(each));
  give_back_arrived();
  change_.open();
}

void list_feed::give_back_arrived() {
  const auto all = std::exchange(arrived_, {});
  give_back({all.begin(), all.end()});
}

void list_feed::give_back(std::vector<element> all) {
  std::ranges::sort(all, {}, &element::place);
  std::map<list_reader*, std::vector<std::string>> by_list;
  for (auto& each : all) by_list[each.from].push_back(std::move(each.text));
  for (const auto& [at, texts] : by_list) at->elements().give_back(texts, settling());
}

// Where the server does not answer the run waits no longer; others put back what is left.
asio::awaitable<void> list_feed::finish(std::shared_ptr<list_feed> self) {
  self->close();
  self->give_back(std::exchange(self->left_, {}));
  co_await self->wait_until_settled();
  for (const auto& each : self->readers_) each->elements().leave(self->settling());
  co_await self->wait_until_settled();
}

asio::awaitable<void> list_feed::wait_until_settled() {
  const auto open = [this] {
    const auto under_way = [](const auto& each) { return each->under_way(); };
    return settling_ > 0 || std::ranges::any_of(readers_, under_way);
  };
  while (open() && !link_->closed()) co_await change_.wait();
}

}  // namespace sluice::flow
