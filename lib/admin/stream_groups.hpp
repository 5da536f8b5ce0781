// The groups of a stream, as a client reads them.
#pragma once

#include "admin/span.hpp"

#include "sluice/admin/facts.hpp"
#include "sluice/redis/client.hpp"
#include "sluice/resp/value.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::admin {

/// Where the stream begins and ends; empty when there is none.
boost::asio::awaitable<std::optional<stream_ends>> find_ends(client redis, std::string stream);

/// What `XINFO GROUPS` alone tells of a group: `facts` has no oldest entry, and its lag is what was
/// told, if anything was.
struct told_group {
  group_facts facts;
  std::optional<std::uint64_t> lag;

  static told_group read(const resp::value& info);
};

/// Empty where there is no stream.
boost::asio::awaitable<std::optional<std::vector<told_group>>> ask_for_groups(client redis,
                                                                              std::string stream);

/// With what the server does not tell at once, in order of their names. It asks no more than it has
/// to: groups that keep up cost nothing more.
boost::asio::awaitable<std::vector<group_facts>> complete_groups(client redis, std::string stream,
                                                                 std::vector<told_group> groups);

/// Both.
boost::asio::awaitable<std::vector<group_facts>> read_groups(client redis, std::string stream);

}  // namespace sluice::admin
