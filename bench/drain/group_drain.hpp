// A member that drains its group entry by entry, as a service would.
#pragma once

#include "harness/sluice_program.hpp"

#include <sluice/sluice.hpp>

#include <cstddef>
#include <string>
#include <utility>

namespace bench {

inline sluice::group draining_member() {
  sluice::group all{std::string(group)};
  all.stream(std::string(stream)).prefetch(2 * batch_size);
  return all.wait(sluice::waiting::none());
}

inline boost::asio::awaitable<void> drain(sluice::client redis, sluice::group what,
                                          std::size_t messages) {
  co_await redis.connect();
  sluice::group_consumer entries(redis, std::move(what));
  const stopwatch watch;
  std::size_t worked_on = 0;
  std::size_t bytes = 0;
  while (auto entry = co_await entries.get_entry()) {
    bytes += entry->field("payload").size();
    std::move(*entry).ack_later();
    ++worked_on;
  }
  co_await entries.flush();
  watch.report(worked_on);
  if (worked_on != messages || bytes != messages * payload_size) {
    fail("the stream has fewer entries");
  }
}

}  // namespace bench
