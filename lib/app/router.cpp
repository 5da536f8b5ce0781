#include "sluice/app/router.hpp"

#include "sluice/core/error.hpp"

namespace sluice {

router& router::add(std::string topic, duty what, listener_options how) {
  if (topic.empty()) throw error(errc::invalid_argument, "a listener needs a topic");
  entries_.emplace_back(std::move(topic), std::move(what), std::move(how));
  return *this;
}

router& router::include(const router& other, std::string_view prefix) {
  // It may be this one.
  const auto taken = other.entries_;
  for (const auto& each : taken) {
    entries_.emplace_back(std::string(prefix) + each.topic, each.what, each.how);
  }
  return *this;
}

}  // namespace sluice
