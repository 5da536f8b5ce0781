// A pipeline whose functions do next to nothing, over entries of any source.
#pragma once

#include "harness/sluice_program.hpp"

#include <sluice/flow.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <utility>

namespace bench {

/// Lets so many entries through, which are there already.
template <class Source>
boost::asio::awaitable<void> run_pipeline(Source entries, std::size_t messages) {
  std::size_t done = 0;
  std::size_t bytes = 0;
  sluice::flow::pipeline* all = nullptr;
  const auto size = [](const sluice::entry& which) { return which.field("payload").size(); };
  const auto add = [&](std::size_t more) {
    bytes += more;
    if (++done == messages) all->stop();
  };
  auto made = std::move(entries) | sluice::flow::map(size) | sluice::flow::sink(add);
  all = &made;
  const stopwatch watch;
  co_await made.run();
  watch.report(messages);
  if (bytes != messages * payload_size) fail("these are other entries");
}

}  // namespace bench
