#include "timeline.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace sluice::simulation {
namespace {

// More handlers than any honest moment needs: somebody runs in a circle.
constexpr int most_handlers_a_moment = 100'000;

}  // namespace

timeline::timeline()
    : io_(std::make_unique<boost::asio::io_context>(1)),
      time_(std::make_shared<testing::manual_clock>()),
      start_(time_->now()),
      traced_(std::getenv("SLUICE_SIM_TRACE") != nullptr) {}

void timeline::at(time_point when, act what) {
  acts_.push({when, next_order_++, std::make_shared<act>(std::move(what))});
}

boost::asio::awaitable<void> timeline::sleep(duration how_long) {
  return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(
      [this, how_long](auto handler) {
        // A std::function has to be copyable, the handler is not.
        const auto held = std::make_shared<decltype(handler)>(std::move(handler));
        after(how_long, [held] { std::move (*held)(); });
      },
      boost::asio::use_awaitable);
}

bool timeline::run_until(const std::function<bool()>& done, time_point end) {
  for (;;) {
    run_ready();
    if (done()) return true;
    auto next = time_->next_alarm().value_or(time_point::max());
    if (!acts_.empty()) next = std::min(next, acts_.top().when);
    if (next > end) {
      time_->advance_to(std::max(end, now()));
      return false;
    }
    time_->advance_to(std::max(next, now()));
    while (!acts_.empty() && acts_.top().when <= now()) {
      boost::asio::post(*io_, [what = acts_.top().what] { (*what)(); });
      acts_.pop();
    }
  }
}

void timeline::run_ready() {
  io_->restart();
  for (int handlers = 0; io_->poll_one() > 0; ++handlers) {
    if (handlers == most_handlers_a_moment)
      throw std::runtime_error("time stands still: a busy loop");
  }
}

void timeline::forget_acts() { acts_ = {}; }

void timeline::end_context() { io_.reset(); }

void timeline::note(std::string_view who, std::string_view what) {
  const auto moment = static_cast<std::uint64_t>((now() - start_).count());
  // FNV-1a.
  const auto mix = [this](unsigned char byte) {
    fingerprint_ = (fingerprint_ ^ byte) * 0x100000001b3U;
  };
  for (unsigned shift = 0; shift < 64; shift += 8) mix(static_cast<unsigned char>(moment >> shift));
  for (const auto letter : who) mix(static_cast<unsigned char>(letter));
  for (const auto letter : what) mix(static_cast<unsigned char>(letter));
  if (!traced_) return;
  std::string line(what);
  std::replace(line.begin(), line.end(), '\r', ' ');
  std::replace(line.begin(), line.end(), '\n', ' ');
  std::printf("%12.6f  %-10.*s %s\n", static_cast<double>(moment) / 1e9,
              static_cast<int>(who.size()), who.data(), line.c_str());
}

}  // namespace sluice::simulation
