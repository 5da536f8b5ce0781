// What shall go wrong in one direction of a proxy.
#pragma once

#include <sluice/core/clock.hpp>
#include <sluice/testing/fault_proxy.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace sluice::testing {

/// Faults that stay until they are taken back.
struct standing_faults {
  std::chrono::microseconds delay{};
  std::chrono::microseconds jitter{};
  std::uint64_t bytes_per_second = 0;
  std::size_t slice = 0;
  std::chrono::microseconds slice_pause{};
  bool held = false;
  bool dropping = false;
  bool dropping_pushes = false;
  std::size_t window = std::size_t{1024} * 1024;
};

/// A fault that strikes once, when `position` bytes have passed.
struct byte_fault {
  enum class kind { truncate, corrupt, duplicate };

  std::uint64_t position;
  kind what;
  cut how = cut::reset;    ///< of truncate
  unsigned char mask = 0;  ///< of corrupt
  std::size_t count = 0;   ///< of duplicate
};

/// A fault that strikes once, at the frame with this number (counted from 1).
struct frame_fault {
  enum class kind { cut_after, lose };

  std::uint64_t number;
  kind what;
  cut how;
};

/// The plan of one direction, shared by the lanes of all connections.
struct fault_plan {
  standing_faults standing;
  std::vector<byte_fault> byte_faults;
  std::vector<frame_fault> frame_faults;
  std::mt19937_64 random;
  traffic counts;

  /// Forgets every fault; the counts stay.
  void heal() {
    standing = {};
    byte_faults.clear();
    frame_faults.clear();
  }
};

}  // namespace sluice::testing
