// What a client has done so far, in numbers.
#pragma once

#include <cstdint>

namespace sluice {

/// Counts since the client was made; monotonic but for the gauges at the end. Read them as often as
/// you like: a snapshot is a plain copy.
struct counters {
  std::uint64_t commands = 0;           ///< Requests accepted.
  std::uint64_t replies = 0;            ///< Replies received, pushes not counted.
  std::uint64_t pushes = 0;             ///< Push messages received.
  std::uint64_t bytes_sent = 0;         ///< Bytes handed to the transport.
  std::uint64_t bytes_received = 0;     ///< Bytes read from the transport.
  std::uint64_t writes = 0;             ///< Writes; commands / writes is how well pipelining works.
  std::uint64_t reads = 0;              ///< Reads.
  std::uint64_t connects = 0;           ///< Links that became ready.
  std::uint64_t failed_attempts = 0;    ///< Attempts to connect that failed.
  std::uint64_t links_lost = 0;         ///< Links that broke after they were ready.
  std::uint64_t resent = 0;             ///< Requests sent again on a new link.
  std::uint64_t outcomes_unknown = 0;   ///< Requests that failed with `errc::outcome_unknown`.
  std::uint64_t timeouts = 0;           ///< Requests that failed with `errc::timeout`.
  std::uint64_t cancelled = 0;          ///< Requests cancelled by their caller.
  std::uint64_t health_checks = 0;      ///< PINGs sent on an idle link.
  std::uint64_t doorbells = 0;          ///< Pushes that rang for a waiting reader.
  std::uint64_t stream_reads = 0;       ///< XREAD and XREADGROUP commands sent.
  std::uint64_t empty_reads = 0;        ///< Those that found nothing.
  std::uint64_t entries_read = 0;       ///< Entries received by consumers.
  std::uint64_t entries_added = 0;      ///< Entries added by producers, confirmed.
  std::uint64_t acknowledged = 0;       ///< Entries acknowledged, confirmed.
  std::uint64_t sweeps = 0;             ///< Looks after dead members of a group.
  std::uint64_t pending_looked_at = 0;  ///< Pending entries whose idle time they asked for.
  std::uint64_t claimed = 0;            ///< Entries that they took away from dead members.
  std::uint64_t released = 0;           ///< Entries taken that others had given back or lost.
  std::uint64_t leases_renewed = 0;     ///< Renewals of entries in hand.
  std::uint64_t leases_lost = 0;        ///< Entries in hand that went to others.
  std::uint64_t in_flight = 0;          ///< Gauge: requests queued or awaiting their reply.
  std::uint64_t in_flight_bytes = 0;    ///< Gauge: their bytes.
};

}  // namespace sluice
