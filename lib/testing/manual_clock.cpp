#include <sluice/testing/manual_clock.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace sluice::testing {

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr clock::time_point first_moment{24h};

/// One setting of an alarm. It may be on its way through an executor when it is forgotten.
struct appointment {
  clock::time_point at;
  asio::any_io_executor executor;
  std::function<void()> ring;
  std::atomic<bool> forgotten = false;
};

using appointment_ptr = std::shared_ptr<appointment>;

void post_ring(const appointment_ptr& due) {
  asio::post(due->executor, [due] {
    if (!due->forgotten) due->ring();
  });
}

}  // namespace

/// The appointments of all alarms, and the time. Shared with the alarms, which may live longer than
/// their clock.
class manual_clock::schedule {
 public:
  explicit schedule(wall_time_point wall_start) : wall_offset_(wall_start - wall_time_point()) {}

  time_point now() const {
    const std::lock_guard lock(mutex_);
    return now_;
  }

  wall_time_point wall_now() const {
    const std::lock_guard lock(mutex_);
    const auto passed = now_ - first_moment;
    return wall_time_point() + wall_offset_ +
           std::chrono::duration_cast<wall_time_point::duration>(passed);
  }

  void step_wall(wall_time_point::duration by) {
    const std::lock_guard lock(mutex_);
    wall_offset_ += by;
  }

  void add(const appointment_ptr& added) {
    const std::lock_guard lock(mutex_);
    if (added->at <= now_) {
      post_ring(added);
    } else {
      pending_.emplace(added->at, added);  // a multimap keeps equal keys in the order of insertion
    }
  }

  void remove(const appointment_ptr& removed) {
    const std::lock_guard lock(mutex_);
    const auto [first, last] = pending_.equal_range(removed->at);
    const auto found =
        std::find_if(first, last, [&](const auto& entry) { return entry.second == removed; });
    if (found != last) pending_.erase(found);
  }

  void clear() {
    const std::lock_guard lock(mutex_);
    pending_.clear();
  }

  void move_to(time_point to) {
    const std::lock_guard lock(mutex_);
    if (to < now_) throw std::invalid_argument("a monotonic clock cannot go back");
    now_ = to;
    const auto end = pending_.upper_bound(to);
    for (auto due = pending_.begin(); due != end; ++due) post_ring(due->second);
    pending_.erase(pending_.begin(), end);
  }

  std::optional<time_point> next() const {
    const std::lock_guard lock(mutex_);
    if (pending_.empty()) return std::nullopt;
    return pending_.begin()->first;
  }

  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return pending_.size();
  }

 private:
  mutable std::mutex mutex_;
  time_point now_ = first_moment;
  wall_time_point::duration wall_offset_;
  std::multimap<time_point, appointment_ptr> pending_;
};

class manual_clock::manual_alarm final : public clock::alarm {
 public:
  manual_alarm(std::shared_ptr<schedule> schedule, asio::any_io_executor executor)
      : schedule_(std::move(schedule)), executor_(std::move(executor)) {}

  ~manual_alarm() override { cancel(); }

  void set(time_point at, std::function<void()> ring) override {
    cancel();
    current_ = std::make_shared<appointment>();
    current_->at = at;
    current_->executor = asio::prefer(executor_, asio::execution::outstanding_work.tracked);
    current_->ring = std::move(ring);
    schedule_->add(current_);
  }

  void cancel() noexcept override {
    if (!current_) return;
    current_->forgotten = true;
    schedule_->remove(current_);
    current_.reset();
  }

 private:
  std::shared_ptr<schedule> schedule_;
  asio::any_io_executor executor_;
  appointment_ptr current_;
};

manual_clock::manual_clock(wall_time_point wall_start)
    : schedule_(std::make_shared<schedule>(wall_start)) {}

manual_clock::~manual_clock() { schedule_->clear(); }

clock::time_point manual_clock::now() const noexcept { return schedule_->now(); }

manual_clock::wall_time_point manual_clock::wall_now() const noexcept {
  return schedule_->wall_now();
}

std::unique_ptr<clock::alarm> manual_clock::make_alarm(asio::any_io_executor executor) {
  return std::make_unique<manual_alarm>(schedule_, std::move(executor));
}

void manual_clock::advance(duration by) { schedule_->move_to(now() + by); }

void manual_clock::advance_to(time_point to) { schedule_->move_to(to); }

bool manual_clock::advance_to_next_alarm() {
  const auto next = schedule_->next();
  if (next) schedule_->move_to(*next);
  return next.has_value();
}

void manual_clock::pass(asio::io_context& io, duration by) {
  const time_point end = now() + by;
  if (by < duration::zero()) throw std::invalid_argument("time passes in one direction only");
  const auto run_ready = [&io] {
    io.restart();  // an earlier run may have ended for lack of work
    io.poll();
  };
  for (run_ready();; run_ready()) {
    const auto next = schedule_->next();
    if (!next || *next > end) break;
    schedule_->move_to(*next);
  }
  schedule_->move_to(end);
  run_ready();
}

void manual_clock::step_wall(std::chrono::system_clock::duration by) { schedule_->step_wall(by); }

std::optional<clock::time_point> manual_clock::next_alarm() const { return schedule_->next(); }

std::size_t manual_clock::alarms() const { return schedule_->size(); }

}  // namespace sluice::testing
