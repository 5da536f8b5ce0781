#include "sluice/group/group_consumer.hpp"

#include "core/host_name.hpp"
#include "group/group_lane.hpp"
#include "stream/intervals.hpp"
#include "stream/take.hpp"

#include "sluice/group/dead_letters.hpp"

#include <unistd.h>

#include <array>
#include <utility>

namespace sluice {
using namespace std::chrono_literals;
namespace {

/// A group consumer's intake knows as whom its lanes read.
class group_intake final : public stream_intake {
 public:
  group_intake(client redis, std::shared_ptr<const group> membership)
      : stream_intake(std::move(redis), membership->wait()), membership_(std::move(membership)) {}

  const group& membership() const noexcept { return *membership_; }

  void add_stream(std::string name) {
    if (closed() || find(name) != nullptr) return;
    const lane_settings settings{.prefetch = membership_->prefetch(),
                                 .prefetch_bytes = membership_->prefetch_bytes(),
                                 .source = {.how = membership_->wake_by(),
                                            .poll = membership_->poll_interval(),
                                            .recheck = membership_->recheck_interval()}};
    auto fresh =
        std::make_shared<group_lane>(std::move(name), membership_, *this, redis(), settings);
    fresh->hold(lane::hold_reason::paused, held_);
    add(fresh);
  }

  /// What it acknowledged is still to be confirmed.
  void remove_stream(const std::string& name) {
    std::erase_if(removed_, [](const auto& each) { return each.expired(); });
    if (auto* const gone = find(name)) removed_.push_back(gone->weak_from_this());
    remove(name);
  }

  std::vector<std::shared_ptr<ack_batch>> acknowledgements() const {
    std::vector<std::shared_ptr<ack_batch>> all;
    const auto collect = [&all](const lane& each) {
      const auto& open = static_cast<const group_lane&>(each).acknowledgements();
      all.insert(all.end(), open.begin(), open.end());
    };
    for_each_lane(collect);
    for (const auto& each : removed_) {
      if (const auto gone = each.lock()) collect(*gone);
    }
    return all;
  }

  bool held() const noexcept { return held_; }
  void hold(bool on) {
    held_ = on;
    for_each_lane([on](lane& each) { each.hold(lane::hold_reason::paused, on); });
  }

 private:
  std::shared_ptr<const group> membership_;
  std::vector<std::weak_ptr<lane>> removed_;
  bool held_ = false;
};

group_intake& of(const std::shared_ptr<stream_intake>& intake) {
  return static_cast<group_intake&>(*intake);
}

void check(const group& what) {
  if (what.name().empty()) throw error(errc::invalid_argument, "a group needs a name");
  if (what.streams().empty()) {
    throw error(errc::invalid_argument, "group '" + what.name() + "' has no stream to read");
  }
  if (what.auto_create() && what.auto_create()->what() == start::kind::last) {
    throw error(errc::invalid_argument,
                "a group cannot begin with the last n entries: use earliest, latest, after or at");
  }
  if (what.keeps_leases() && what.claim_timeout() < 2 * what.heartbeat()) {
    throw error(errc::invalid_argument,
                "claim_timeout must be at least twice the heartbeat, or one late beat kills");
  }
  if (what.keeps_leases() && what.auto_acknowledge()) {
    throw error(errc::invalid_argument,
                "with auto_acknowledge nothing is pending that could be claimed");
  }
  if (owner::is_nobody(what.consumer())) {
    throw error(errc::invalid_argument, "'" + what.consumer() + "' cannot be a member's name");
  }
}

boost::asio::awaitable<void> flush_all(std::shared_ptr<stream_intake> intake,
                                       std::vector<std::shared_ptr<ack_batch>> batches) {
  for (auto& batch : batches) {
    ack_wait wait(intake->link(), batch);
    if (wait.must_wait()) co_await wait.wait();
    if (wait.was_cancelled()) throw error(errc::cancelled, "cancelled while flushing");
  }
}

}  // namespace

group::group(std::string name) : name_(std::move(name)) {}

group& group::auto_create(start from) {
  auto_create_ = from;
  return *this;
}

group& group::poll_interval(std::chrono::milliseconds every) {
  poll_interval_ = checked_poll_interval(every);
  return *this;
}

group& group::recheck_interval(std::chrono::milliseconds every) {
  recheck_interval_ = checked_recheck_interval(every);
  return *this;
}

group& group::heartbeat(std::chrono::milliseconds every) {
  if (every != 0ms && (every < 10ms || every > 10min)) {
    throw error(errc::invalid_argument, "heartbeat must be from 10 ms to 10 min, not " +
                                            std::to_string(every.count()) + " ms");
  }
  heartbeat_ = every;
  return *this;
}

group& group::claim_timeout(std::chrono::milliseconds silence) {
  if (silence < 50ms) {
    throw error(errc::invalid_argument, "claim_timeout must be at least 50 ms, not " +
                                            std::to_string(silence.count()) + " ms");
  }
  claim_timeout_ = silence;
  return *this;
}

group& group::max_lease(std::chrono::milliseconds limit) {
  if (limit <= 0ms) throw error(errc::invalid_argument, "max_lease must be greater than 0");
  max_lease_ = limit;
  return *this;
}

group& group::remove_members_after(std::chrono::milliseconds absence) {
  if (absence < 0ms) {
    throw error(errc::invalid_argument, "remove_members_after cannot be negative");
  }
  remove_after_ = absence;
  return *this;
}

group& group::max_deliveries(std::int64_t count) {
  if (count < 1) {
    throw error(errc::invalid_argument, "an entry is delivered at least once: max_deliveries > 0");
  }
  max_deliveries_ = count;
  return *this;
}

std::string group::dead_letters_of(std::string_view stream) const {
  return dead_letters_.empty() ? sluice::dead_letters::stream_of(stream) : dead_letters_;
}

group_consumer::group_consumer(client redis, group what) {
  check(what);
  if (what.consumer().empty()) {
    const auto random = client_access::link(redis).random() & 0xffffU;
    what.consumer(host_name() + '-' + std::to_string(::getpid()) + '-' + std::to_string(random));
  }
  const auto membership = std::make_shared<const group>(std::move(what));
  auto made = std::make_shared<group_intake>(std::move(redis), membership);
  for (const auto& stream : membership->streams()) made->add_stream(stream);
  intake_ = std::move(made);
}

group_consumer::group_consumer(group_consumer&&) noexcept = default;
group_consumer& group_consumer::operator=(group_consumer&& other) noexcept {
  if (this != &other) {
    close();
    intake_ = std::move(other.intake_);
  }
  return *this;
}
group_consumer::~group_consumer() { close(); }

boost::asio::awaitable<std::optional<delivery>> group_consumer::get_entry() {
  return take_one<delivery, group_lane>(intake_, intake_->default_waiting());
}

boost::asio::awaitable<std::optional<delivery>> group_consumer::get_entry(waiting how_long) {
  return take_one<delivery, group_lane>(intake_, how_long);
}

boost::asio::awaitable<std::vector<delivery>> group_consumer::get_batch(std::size_t max) {
  return take_batch<delivery, group_lane>(intake_, max, intake_->default_waiting());
}

const client& group_consumer::get_client() const noexcept { return intake_->redis(); }

const std::string& group_consumer::group_name() const noexcept {
  return of(intake_).membership().name();
}

const std::string& group_consumer::consumer_name() const noexcept {
  return of(intake_).membership().consumer();
}

void group_consumer::add_stream(std::string name) { of(intake_).add_stream(std::move(name)); }

void group_consumer::remove_stream(const std::string& name) { of(intake_).remove_stream(name); }

std::optional<entry_id> group_consumer::position(const std::string& name) const {
  const auto* const found = intake_->find(name);
  return found == nullptr ? std::nullopt : static_cast<const group_lane*>(found)->position();
}

boost::asio::awaitable<void> group_consumer::flush() {
  return flush_all(intake_, of(intake_).acknowledgements());
}

void group_consumer::pause() noexcept { of(intake_).hold(true); }

void group_consumer::resume() { of(intake_).hold(false); }

bool group_consumer::paused() const noexcept { return of(intake_).held(); }

void group_consumer::close() noexcept {
  if (intake_) intake_->close();
}

}  // namespace sluice
