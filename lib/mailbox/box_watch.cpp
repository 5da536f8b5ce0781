#include "mailbox/box_watch.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds recheck = 5s;
// Where the server grants no bells.
constexpr std::chrono::milliseconds poll = 100ms;

}  // namespace

box_watch::box_watch(connection& link) : link_(link), change_(link) { link_.observe(*this); }

box_watch::~box_watch() {
  for (const auto& each : keys_) link_.bells().remove(each, *this);
  link_.forget(*this);
}

bool box_watch::watch(std::set<std::string> keys) {
  if (keys == keys_) return false;
  for (const auto& each : keys_) {
    if (keys.count(each) == 0) link_.bells().remove(each, *this);
  }
  for (const auto& each : keys) {
    if (keys_.count(each) == 0) link_.bells().add(each, *this);
  }
  keys_ = std::move(keys);
  return true;
}

void box_watch::ring() {
  rung_ = true;
  change_.open();
}

// Not all processes at once.
clock::duration box_watch::net() {
  if (link_.server().doorbell() == doorbell_state::absent) return poll;
  const auto spread = static_cast<std::uint64_t>(recheck.count() / 5);
  return recheck - recheck / 10 + std::chrono::milliseconds(link_.random() % spread);
}

asio::awaitable<void> box_watch::wait(clock::time_point limit) {
  if (!rung_) co_await change_.wait(std::min(limit, link_.time().now() + net()));
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) throw error(errc::cancelled);
}

}  // namespace sluice
