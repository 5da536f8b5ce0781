// How many benches a worker has, and whether they go on.
#include "group/group_access.hpp"
#include "group/workshop.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <utility>

namespace sluice {
namespace asio = boost::asio;

void workshop::open_bench() {
  const auto here = std::make_shared<bench>();
  benches_.push_back(here);
  ++open_;
  ++staying_;
  auto closed = [self = shared_from_this(), here](const std::exception_ptr& failure) {
    self->on_bench_closed(here, failure);
  };
  asio::co_spawn(link_->executor(), work(shared_from_this(), here),
                 asio::bind_cancellation_slot(here->cancel.slot(), std::move(closed)));
}

void workshop::on_bench_closed(const std::shared_ptr<bench>& which,
                               const std::exception_ptr& failure) {
  --open_;
  std::erase(benches_, which);
  if (failure) fail(failure);
  change_.open();
}

// Whoever waits for an entry leaves at once, and others when they are done with theirs.
void workshop::concurrency(std::size_t entries) {
  how_.concurrency(entries);
  group_access::prefetch(from_, entries);
  if (!begun_ || stopping_) return;
  while (staying_ < entries) open_bench();
  if (staying_ > entries) staying_ -= group_access::send_away(from_, staying_ - entries);
  change_.open();
}

bool workshop::one_too_many() noexcept {
  if (staying_ <= how_.concurrency()) return false;
  --staying_;
  return true;
}

worker_statistics workshop::statistics() const noexcept {
  auto now = done_;
  now.read_ahead = group_access::read_ahead(from_);
  return now;
}

// The first failure is the one that is told; it ends all others.
void workshop::fail(const std::exception_ptr& failure) noexcept {
  if (!failure_) failure_ = failure;
  stop();
}

void workshop::stop() noexcept {
  if (std::exchange(stopping_, true)) return;
  from_.close();
  lines_.clear();
  done_.parked = 0;
  change_.open();
}

// What is parked is in hand, and its leases are kept: not without bound.
bool workshop::may_park() const noexcept {
  return done_.parked < std::max<std::size_t>(4 * how_.concurrency(), 64);
}

}  // namespace sluice
