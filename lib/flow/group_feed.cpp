#include "flow/group_feed.hpp"

#include "group/group_access.hpp"
#include "group/hand_over.hpp"
#include "group/retry_verdict.hpp"
#include "redis/client_access.hpp"

#include "sluice/core/thrown.hpp"

#include <boost/asio/co_spawn.hpp>

#include <utility>

namespace sluice::flow {
namespace asio = boost::asio;
namespace {

// So many are taken from the consumer's buffer at a time: they count as delivered.
constexpr std::size_t entries_at_once = 16;

}  // namespace

/// An entry on its way. It keeps the feed alive, and returns to it.
class group_feed::entry_origin final : public origin {
 public:
  void begin(std::shared_ptr<group_feed> from, delivery which) {
    feed_ = std::move(from);
    which_.emplace(std::move(which));
  }
  delivery* held() noexcept override { return which_ ? &*which_ : nullptr; }
  bool lost() const noexcept override { return which_ && which_->lease_lost(); }

 private:
  void on_done() noexcept override {
    auto which = *std::exchange(which_, std::nullopt);
    const auto feed = rest();
    feed->on_done(std::move(which));
  }
  void on_failed(const std::exception_ptr& why, const verdict& what) noexcept override {
    auto which = *std::exchange(which_, std::nullopt);
    const auto feed = rest();
    feed->on_failed(std::move(which), why, what);
  }
  std::shared_ptr<group_feed> rest() {
    auto feed = std::move(feed_);
    feed->idle_.emplace_back(this);
    return feed;
  }

  std::shared_ptr<group_feed> feed_;
  std::optional<delivery> which_;
};

group_feed::group_feed(group_consumer from, retry_policy retry)
    : from_(std::move(from)),
      retry_(std::move(retry)),
      link_(client_access::shared_link(from_.get_client())) {}

group_feed::~group_feed() = default;

void group_feed::join(runtime& where) {
  run_ = where.weak_from_this();
  where.at_hand_back([self = shared_from_this()] { self->handing_back_ = true; });
  where.at_end([self = shared_from_this()] { return finish(self); });
}

// Out.

asio::awaitable<std::optional<item<entry>>> group_feed::next(std::shared_ptr<group_feed> self) {
  if (self->taken_ == self->arrived_.size()) {
    self->arrived_ = co_await self->from_.get_batch(entries_at_once);
    self->taken_ = 0;
  }
  co_return self->take();
}

std::optional<item<entry>> group_feed::take() {
  if (taken_ == arrived_.size()) return std::nullopt;
  return hand_out(std::move(arrived_[taken_++]));
}

item<entry> group_feed::hand_out(delivery which) {
  if (idle_.empty()) idle_.push_back(std::make_unique<entry_origin>());
  auto* const from = idle_.back().release();
  idle_.pop_back();
  const entry& content = which;
  item<entry> made{content, receipt(*from)};
  from->begin(shared_from_this(), std::move(which));
  return made;
}

void group_feed::close() noexcept {
  from_.close();
  arrived_.clear();
  taken_ = 0;
}

// Back.

// What another member has by now is settled there. A delivery that is dropped after its consumer
// was closed is given back as if not tried.
bool group_feed::is_ours(const delivery& which) const noexcept {
  return !handing_back_ && which.pending() && !which.lease_lost();
}

void group_feed::on_done(delivery which) {
  if (is_ours(which)) std::move(which).ack_later();
}

void group_feed::on_failed(delivery which, const std::exception_ptr& why, verdict what) {
  if (!is_ours(which)) return;
  if (what.what() == verdict::kind::retry) {
    what = retry_verdict(retry_, which.delivery_count().value_or(1), why, link_->random());
  }
  switch (what.what()) {
    case verdict::kind::ack:
      return std::move(which).ack_later();
    case verdict::kind::leave:
      return group_access::settle_quietly(which);
    case verdict::kind::reject:
      return settle_later(std::move(which).reject(what.reason(), thrown_text(why)));
    case verdict::kind::nack:
    case verdict::kind::retry:
    case verdict::kind::rethrow:
      return settle_later(std::move(which).nack(what.delay()));
  }
}

// What could not be settled is still pending, and comes again.
void group_feed::settle_later(asio::awaitable<void> settling) {
  const auto run = run_.lock();
  if (run) run->begin_work();
  asio::co_spawn(link_->executor(), std::move(settling), [run](const std::exception_ptr&) {
    if (run) run->end_work();
  });
}

asio::awaitable<void> group_feed::finish(std::shared_ptr<group_feed> self) {
  co_await self->from_.flush();
  co_await hand_over(self->link_);
}

}  // namespace sluice::flow
