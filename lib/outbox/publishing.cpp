#include "outbox/publishing.hpp"

#include "outbox/claim.hpp"
#include "outbox/send_staged.hpp"
#include "outbox/sql_job.hpp"
#include "redis/backoff.hpp"

#include "sluice/core/result.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <functional>
#include <map>
#include <optional>
#include <utility>

namespace sluice::outbox {
namespace {

namespace asio = boost::asio;
using shared_core = std::shared_ptr<publisher_core>;
using std::chrono::milliseconds;

/// A lane's wait for time to pass, for a notice or for the end. Lives in its frame.
class pause final : public waiter, private timed {
 public:
  pause(publisher_core& core, clock::duration time)
      : waiter(core.link().waiters()), core_(core), time_(time) {}
  ~pause() {
    core_.remove_sleeper(*this);
    core_.link().cancel_timer(*this);
  }
  void begin() {
    core_.add_sleeper(*this);
    core_.link().set_timer(*this, core_.link().now() + time_);
  }

 private:
  void on_time() override {
    core_.remove_sleeper(*this);
    make_ready();
  }
  void on_ready() noexcept override { core_.link().schedule_turn(); }

  publisher_core& core_;
  clock::duration time_;
};

/// The wait for all lanes to end. When the frame it lives in goes earlier, it stops them.
class lanes_end final : public waiter {
 public:
  explicit lanes_end(publisher_core& core) : waiter(core.link().waiters()), core_(core) {}
  ~lanes_end() {
    core_.remove_mourner(*this);
    if (core_.running()) core_.stop();
  }
  bool must_wait() {
    if (!core_.running()) return false;
    core_.add_mourner(*this);
    return true;
  }

 private:
  void on_cancel() noexcept override { core_.remove_mourner(*this); }
  void on_ready() noexcept override { core_.link().schedule_turn(); }

  publisher_core& core_;
};

asio::awaitable<void> on_sql_thread(shared_core core, std::function<void()> work) {
  sql_job job(core->link(), core->threads(), std::move(work));
  while (job.under_way()) co_await job.wait();
  job.check();
}

milliseconds rounded_up(clock::duration time) { return std::chrono::ceil<milliseconds>(time); }

void tell_unreadable(publisher_core& core, std::size_t rows) {
  const error why(errc::invalid_argument,
                  "a staged row has no UUID, no topic or no data; it is left as it is");
  core.tell(publish_failure{.why = why, .topic = {}, .messages = rows, .pause = milliseconds(0)});
}

// What Redis refused by itself: its topics rest, so that the others are not held up.
void rest_refused_topics(publisher_core& core, const std::vector<staged_row>& rows,
                         const std::vector<std::optional<error>>& refused) {
  std::map<std::string, std::pair<std::size_t, const error*>> topics;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!refused[i]) continue;
    auto& [count, why] = topics[rows[i].topic];
    ++count;
    why = &*refused[i];
  }
  const auto rest = core.options().backoff_longest();
  for (const auto& [topic, what] : topics) {
    core.book().counts.refused += what.first;
    core.book().rest(topic, core.link().now() + rest);
    core.tell(publish_failure{
        .why = *what.second, .topic = topic, .messages = what.first, .pause = rest});
  }
}

// Those that may be marked sent. A message behind a refused one of its topic was added all the
// same: Redis executes what it can of a unit.
std::vector<row_id> added(const std::vector<staged_row>& rows,
                          const std::vector<std::optional<error>>& refused) {
  std::vector<row_id> ids;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!refused[i]) ids.push_back(rows[i].id);
  }
  return ids;
}

asio::awaitable<void> send(shared_core core, std::shared_ptr<claim> batch) {
  auto refused = co_await as_result(
      send_staged(core->redis(), batch->found().rows, core->options().send_timeout()));
  if (!refused) {
    std::function<void()> give_back = [batch] { batch->give_back(); };
    co_await on_sql_thread(core, std::move(give_back));
    throw refused.error();
  }
  const auto ids = added(batch->found().rows, *refused);
  std::function<void()> settle = [batch, ids] { batch->settle(ids); };
  co_await on_sql_thread(core, std::move(settle));
  core->book().counts.sent += ids.size();
  core->book().counts.batches += ids.empty() ? 0 : 1;
  rest_refused_topics(*core, batch->found().rows, *refused);
}

// One look at the table and what follows from it; gives the pause until the next one.
asio::awaitable<clock::duration> publish_once(shared_core core) {
  // Nothing is locked while there is nowhere to send it.
  if (!core->redis().connected()) co_await core->redis().connect();
  auto what = core->book().request(core->link().now(), core->time().wall_now());
  auto batch = std::make_shared<claim>(core->sessions(), core->options().from(), std::move(what));
  std::function<void()> take = [batch] { batch->take(); };
  co_await on_sql_thread(core, std::move(take));
  const auto unreadable = core->book().note(batch->found(), core->link().now());
  if (unreadable > 0) tell_unreadable(*core, unreadable);
  if (batch->found().rows.empty()) {
    co_return core->book().pause_after(batch->found(), core->link().now(), core->time().wall_now());
  }
  co_await send(core, std::move(batch));
  co_return clock::duration::zero();
}

asio::awaitable<void> lane(shared_core core) {
  backoff pauses(core->options().backoff_first(), core->options().backoff_longest());
  while (!core->stopping()) {
    const auto notices = core->notices();
    auto once = co_await as_result(publish_once(core));
    clock::duration time{};
    if (once) {
      pauses.reset();
      time = *once;
      if (notices != core->notices()) continue;
    } else {
      if (once.error().code() == errc::closed) throw once.error();
      time = pauses.next(core->link().random());
      ++core->book().counts.failures;
      core->tell(publish_failure{
          .why = once.error(), .topic = {}, .messages = 0, .pause = rounded_up(time)});
    }
    if (core->stopping() || core->link().closed() || time.count() == 0) continue;
    pause rest(*core, time);
    rest.begin();
    co_await rest.wait();
  }
}

void start_lanes(const shared_core& core) {
  core->begin();
  for (std::size_t i = 0; i < core->options().sessions(); ++i) {
    asio::co_spawn(core->link().executor(), lane(core),
                   [core](std::exception_ptr failure) { core->end_lane(std::move(failure)); });
  }
}

}  // namespace

asio::awaitable<void> publish(shared_core core) {
  bool cancelled = false;
  // Two runs may have been asked for before the first began.
  if (core->running()) throw error(errc::invalid_argument, "this publisher runs already");
  // A cancelled coroutine has to wait on: for the batch under way, which is finished.
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  start_lanes(core);
  {
    lanes_end end(*core);
    while (end.must_wait()) {
      co_await end.wait();
      if (!end.was_cancelled()) continue;
      cancelled = true;
      core->stop();
    }
  }
  co_await asio::this_coro::throw_if_cancelled(throws);
  core->check();
  if (cancelled) throw error(errc::cancelled, "cancelled; the batch under way was finished");
}

}  // namespace sluice::outbox
