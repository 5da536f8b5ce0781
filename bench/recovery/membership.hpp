// The membership of both processes: the one that dies and the one that takes over.
#pragma once

#include "harness/measurement.hpp"

#include <sluice/group/group_consumer.hpp>

#include <chrono>
#include <string>

namespace bench {

inline constexpr std::chrono::milliseconds claim_timeout{2'000};

inline sluice::group mortal_member(const char* name, std::size_t messages) {
  sluice::group all{std::string(group)};
  all.consumer(name).stream(std::string(stream)).prefetch(messages);
  return all.heartbeat(claim_timeout / 10).claim_timeout(claim_timeout);
}

}  // namespace bench
