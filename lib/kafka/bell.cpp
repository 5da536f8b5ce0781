#include "kafka/bell.hpp"

#include "kafka/bell_registry.hpp"

#include "sluice/core/error.hpp"

#include <boost/asio/query.hpp>

#include <sys/eventfd.h>
#include <unistd.h>
#include <cerrno>
#include <cstdint>
#include <utility>

namespace sluice::kafka {
namespace {

constexpr std::uint64_t one_stroke = 1;

int make_counter() {
  const int made = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (made >= 0) return made;
  throw error(boost::system::error_code(errno, boost::system::system_category()),
              diagnostics("no file descriptor for Kafka"));
}

}  // namespace

bell::bell(const boost::asio::any_io_executor& where, clock& time, std::weak_ptr<bell_listener> who)
    : rung_(std::in_place, where, make_counter()),
      who_(std::move(who)),
      alarm_(time.make_alarm(where)) {}

std::shared_ptr<bell> bell::hang(const boost::asio::any_io_executor& where, clock& time,
                                 std::weak_ptr<bell_listener> who) {
  const std::shared_ptr<bell> made(new bell(where, time, std::move(who)));
  bell_registry::enlist(boost::asio::query(where, boost::asio::execution::context), made);
  made->wait();
  return made;
}

void bell::listen_to(rd_kafka_queue_t& queue) {
  if (!rung_) return;
  rd_kafka_queue_io_event_enable(&queue, rung_->native_handle(), &one_stroke, sizeof one_stroke);
  // What came before is not told of.
  ring();
}

void bell::mute(rd_kafka_queue_t& queue) noexcept {
  rd_kafka_queue_io_event_enable(&queue, -1, nullptr, 0);
}

void bell::ring() noexcept {
  if (!rung_) return;
  // It fails only where the counter is full, and then it rings anyway.
  [[maybe_unused]] const auto written =
      ::write(rung_->native_handle(), &one_stroke, sizeof one_stroke);
}

void bell::ring_at(clock::time_point when) {
  if (when >= alarm_at_ || !rung_) return;
  alarm_at_ = when;
  alarm_->set(when, [whose = weak_from_this()] {
    if (const auto self = whose.lock()) self->on_time();
  });
}

void bell::on_time() {
  alarm_at_ = clock::time_point::max();
  if (const auto living = who_.lock()) living->on_bell();
}

void bell::wait() {
  rung_->async_wait(boost::asio::posix::descriptor_base::wait_read,
                    [whose = weak_from_this()](const boost::system::error_code& failure) {
                      const auto self = whose.lock();
                      if (self && !failure) self->on_rung();
                    });
}

void bell::on_rung() {
  if (!rung_) return;
  std::uint64_t strokes = 0;
  [[maybe_unused]] const auto taken = ::read(rung_->native_handle(), &strokes, sizeof strokes);
  if (const auto living = who_.lock()) living->on_bell();
  if (rung_) wait();
}

void bell::take_down() noexcept {
  if (alarm_) alarm_->cancel();
  rung_.reset();
}

void bell::end_context() noexcept {
  if (const auto living = who_.lock()) living->on_context_end();
  take_down();
  alarm_.reset();
}

}  // namespace sluice::kafka
