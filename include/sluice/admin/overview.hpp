// Many streams at once, for whoever looks after all of them.
#pragma once

#include "sluice/admin/group_desk.hpp"
#include "sluice/admin/stream_desk.hpp"
#include "sluice/redis/client.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <vector>

namespace sluice::admin {

/// A group at a moment, with its consumers.
///
/// Thread rule: a value.
struct group_state {
  std::string stream;
  group_facts facts;
  /// Those that the server lists; none where they were not asked for.
  std::vector<consumer_facts> consumers;
};

/// What was learnt of many streams, in the order in which they were named.
///
/// Thread rule: a value.
template <class Facts>
struct survey {
  std::vector<Facts> found;
  /// Those that this user may not look at.
  std::vector<std::string> forbidden;
  /// Those with an entry at an end, or next for a group, that is larger than the client's
  /// `resp::limits`. The server sends it with what it tells of the stream; the link breaks at it,
  /// and is made anew.
  std::vector<std::string> too_large;
};

/// As `stream_desk::facts` of each stream, many at a time. Those that are gone, or are no streams,
/// are missing.
///
/// Errors: the server's and the connection's. Cancellation: changes nothing.
/// Cost: that of `stream_desk::facts` for each, but 64 streams share each round trip.
boost::asio::awaitable<survey<stream_facts>> facts_of(client redis,
                                                      std::vector<std::string> streams);

/// As `stream_desk::groups` of each stream, many at a time, and with `with_consumers` as
/// `group_desk::consumers` of each group. Streams and groups that are gone are missing, and so are
/// groups whose name is empty.
///
/// Errors and cancellation: as `facts_of`.
/// Cost: that of `stream_desk::groups` for each stream, and of `group_desk::consumers` for each
/// group, but 64 streams share each round trip.
boost::asio::awaitable<survey<group_state>> states_of(client redis,
                                                      std::vector<std::string> streams,
                                                      bool with_consumers = true);

}  // namespace sluice::admin
