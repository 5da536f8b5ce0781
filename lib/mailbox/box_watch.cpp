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
  for (auto& [key, own] : bells_) link_.bells().remove(key, *own);
  link_.forget(*this);
}

bool box_watch::watch(const std::set<std::string>& keys) {
  bool changed = false;
  for (auto each = bells_.begin(); each != bells_.end();) {
    if (keys.count(each->first) != 0) {
      ++each;
      continue;
    }
    link_.bells().remove(each->first, *each->second);
    each = bells_.erase(each);
    changed = true;
  }
  for (const auto& each : keys) {
    const auto [place, is_new] = bells_.try_emplace(each);
    if (!is_new) continue;
    link_.bells().add(each, place->second.emplace(*this, place->first));
    changed = true;
  }
  return changed;
}

void box_watch::on_link_ready() {
  distrust();
  change_.open();
}

void box_watch::ring(const std::string& key) {
  ++news_.rings[key];
  change_.open();
}

// Not all processes at once.
clock::duration box_watch::net() {
  if (link_.server().doorbell() == doorbell_state::absent) return poll;
  const auto spread = static_cast<std::uint64_t>(recheck.count() / 5);
  return recheck - recheck / 10 + std::chrono::milliseconds(link_.random() % spread);
}

asio::awaitable<void> box_watch::wait(clock::time_point limit) {
  if (!has_news()) co_await change_.wait(std::min(limit, link_.time().now() + net()));
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) throw error(errc::cancelled);
}

}  // namespace sluice
