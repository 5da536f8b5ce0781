#include "app/backlog_watch.hpp"

#include "sluice/core/error.hpp"
#include "sluice/core/event.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

asio::awaitable<std::optional<std::uint64_t>> ask(std::shared_ptr<reception> whom) {
  auto asked = whom->backlog();
  const auto backlog = co_await std::move(asked);
  co_return backlog;
}

}  // namespace

backlog_watch::backlog_watch(std::shared_ptr<connection> link, std::shared_ptr<topic_desk> whose,
                             std::string topic, std::string group)
    : link_(std::move(link)),
      desk_(std::move(whose)),
      topic_(std::move(topic)),
      group_(std::move(group)),
      pace_(desk_->how().scaling()) {}

backlog_watch::~backlog_watch() { end(); }

void backlog_watch::begin(const std::shared_ptr<reception>& over) { over_ = over; }

void backlog_watch::end() noexcept {
  over_.reset();
  link_->cancel_timer(*this);
}

void backlog_watch::look(bool busy) {
  auto there = over_.lock();
  if (!there) return;
  const auto now = link_->now();
  if (!pace_.asks(now, busy)) {
    const auto alarm = pace_.alarm(busy);
    if (alarm == clock::time_point::max()) return link_->cancel_timer(*this);
    return link_->set_timer(*this, std::max(alarm, now));
  }
  asio::co_spawn(link_->executor(), ask(std::move(there)),
                 [whose = weak_from_this()](const std::exception_ptr& failure,
                                            std::optional<std::uint64_t> backlog) {
                   if (const auto self = whose.lock()) self->on_answer(failure, backlog);
                 });
}

void backlog_watch::on_answer(const std::exception_ptr& failure,
                              std::optional<std::uint64_t> backlog) {
  const auto there = over_.lock();
  if (!there) return;
  tell(failure);
  const auto next = pace_.on_answer(failure ? std::nullopt : backlog, link_->now());
  if (next) {
    desk_->on_concurrency(*next);
    there->concurrency(*next);
  }
  look(busy());
}

// Once, until it succeeds.
void backlog_watch::tell(const std::exception_ptr& failure) {
  const bool known = std::exchange(told_, failure != nullptr);
  if (!failure || known) return;
  try {
    std::rethrow_exception(failure);
  } catch (const error& why) {
    if (why.code() == errc::closed) return;
    link_->emit(events::upkeep_failed{.stream = topic_,
                                      .group = group_,
                                      .what = "asking for the backlog",
                                      .reason = why.code(),
                                      .text = why.what()});
  }
}

}  // namespace sluice
