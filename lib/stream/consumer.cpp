#include "sluice/stream/consumer.hpp"

#include "stream/intervals.hpp"
#include "stream/reader_lane.hpp"
#include "stream/take.hpp"

#include <utility>

namespace sluice {
namespace {

/// A consumer's intake remembers how its lanes read, for those that are added later.
class consumer_intake final : public stream_intake {
 public:
  consumer_intake(client redis, const streams& what)
      : stream_intake(std::move(redis), what.wait()),
        settings_{.prefetch = what.prefetch(),
                  .prefetch_bytes = what.prefetch_bytes(),
                  .source = {.how = what.wake_by(),
                             .poll = what.poll_interval(),
                             .recheck = what.recheck_interval()}} {}

  void add_stream(std::string name, start from) {
    if (closed() || find(name) != nullptr) return;
    add(std::make_shared<reader_lane>(std::move(name), from, *this, redis(), settings_));
  }

 private:
  lane_settings settings_;
};

}  // namespace

streams& streams::stream(std::string name, start from) {
  names_.emplace_back(std::move(name), from);
  return *this;
}

streams& streams::poll_interval(std::chrono::milliseconds every) {
  poll_interval_ = checked_poll_interval(every);
  return *this;
}

streams& streams::recheck_interval(std::chrono::milliseconds every) {
  recheck_interval_ = checked_recheck_interval(every);
  return *this;
}

consumer::consumer(client redis, const streams& what) {
  auto made = std::make_shared<consumer_intake>(std::move(redis), what);
  for (const auto& [name, from] : what.names()) made->add_stream(name, from);
  intake_ = std::move(made);
}

consumer::consumer(consumer&&) noexcept = default;
consumer& consumer::operator=(consumer&& other) noexcept {
  if (this != &other) {
    close();
    intake_ = std::move(other.intake_);
  }
  return *this;
}
consumer::~consumer() { close(); }

boost::asio::awaitable<std::optional<entry>> consumer::get_entry() {
  return take_one<entry, reader_lane>(intake_, intake_->default_waiting());
}

boost::asio::awaitable<std::optional<entry>> consumer::get_entry(waiting how_long) {
  return take_one<entry, reader_lane>(intake_, how_long);
}

boost::asio::awaitable<std::vector<entry>> consumer::get_batch(std::size_t max) {
  return take_batch<entry, reader_lane>(intake_, max, intake_->default_waiting());
}

void consumer::add_stream(std::string name, start from) {
  static_cast<consumer_intake&>(*intake_).add_stream(std::move(name), from);
}

void consumer::remove_stream(const std::string& name) { intake_->remove(name); }

std::optional<entry_id> consumer::position(const std::string& name) const {
  const auto* const found = intake_->find(name);
  return found == nullptr ? std::nullopt : static_cast<const reader_lane*>(found)->position();
}

void consumer::close() noexcept {
  if (intake_) intake_->close();
}

}  // namespace sluice
