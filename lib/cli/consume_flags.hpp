// What `sluice consume` is told, and what that means for the library.
#pragma once

#include "cli/verbs.hpp"

#include <sluice/group/group_consumer.hpp>
#include <sluice/stream/consumer.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::cli {

struct consume_flags {
  std::string url = default_url;
  std::vector<std::string> names;
  std::string group;
  std::string consumer;
  std::string begin;
  std::string ack = "after-print";
  std::optional<std::uint64_t> count;
  std::optional<double> timeout;
  std::optional<std::size_t> prefetch;
  std::optional<double> heartbeat;
  std::optional<double> claim_timeout;
  std::optional<std::int64_t> max_deliveries;

  /// Entries of the dead are claimed, and what this member does not print goes back to the group.
  bool keeps_leases() const noexcept { return heartbeat || claim_timeout; }
  bool acknowledges() const { return ack == "after-print"; }

  streams reading() const;
  sluice::group membership() const;

 private:
  start from(start otherwise) const;
  waiting how_long() const;
  std::size_t read_ahead() const;
};

void add_consume_flags(CLI::App& verb, consume_flags& flags);

/// Throws `CLI::ValidationError` for flags that contradict each other.
void check_together(const consume_flags& flags);

}  // namespace sluice::cli
