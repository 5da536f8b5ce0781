// What the floors above a group do with it that users cannot.
#pragma once

#include "sluice/group/group_consumer.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <vector>

namespace sluice {

struct group_access {
  /// Waits as `group_consumer::get_entry`, asking each stream for at most `ahead` entries, and
  /// gives all that have arrived. Empty when `get_entry` would be.
  static boost::asio::awaitable<std::vector<delivery>> get_arrived(const group_consumer& from,
                                                                   std::size_t ahead);
  /// Ends up to `most` of the waits of `get_entry` with an empty result; returns how many.
  static std::size_t send_away(const group_consumer& from, std::size_t most);
  /// Reads so many entries a stream ahead from now on.
  static void prefetch(const group_consumer& from, std::size_t entries);
  /// How many entries were read ahead, and nobody has taken.
  static std::size_t read_ahead(const group_consumer& from) noexcept;
  /// Settles a delivery that was acknowledged on the server already: nothing is sent. The entry
  /// can still be read.
  static void settle_quietly(delivery& what);
  /// Cancels the handler that a worker runs for it, as if its lease were lost. Empty elsewhere.
  static std::function<void()> canceller_of(const delivery& what);
  /// The lane that handed it out. Apart from its connection's clock and executor it is used on the
  /// client's executor.
  static class group_lane& lane_of(const delivery& what) noexcept;
};

}  // namespace sluice
