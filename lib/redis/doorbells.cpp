#include "redis/doorbells.hpp"

#include <algorithm>

namespace sluice {

void doorbells::add(const std::string& key, doorbell_listener& who) { bells_[key].push_back(&who); }

void doorbells::remove(const std::string& key, doorbell_listener& who) noexcept {
  const auto bell = bells_.find(key);
  if (bell == bells_.end()) return;
  std::erase(bell->second, &who);
  if (bell->second.empty()) bells_.erase(bell);
}

std::size_t doorbells::on_push(const resp::value& push) {
  if (push[0].text() != "invalidate") return 0;
  const auto keys = push[1];
  // A null payload means that the whole table was cleared: a flush, a reload, a resynchronisation.
  if (!keys.is_aggregate()) return ring_all();
  std::size_t rung = 0;
  for (const auto& key : keys) rung += ring(key.text());
  return rung;
}

std::size_t doorbells::ring(std::string_view key) {
  const auto bell = bells_.find(key);
  return bell == bells_.end() ? 0 : ring(bell->second);
}

std::size_t doorbells::ring_all() {
  std::size_t rung = 0;
  for (const auto& [key, whom] : bells_) rung += ring(whom);
  return rung;
}

std::size_t doorbells::ring(const listeners& whom) {
  for (auto* each : whom) each->on_ring();
  return whom.size();
}

}  // namespace sluice
