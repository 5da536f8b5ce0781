// Looking for what will go wrong at night.
#pragma once

#include "sluice/admin/finding.hpp"
#include "sluice/admin/group_desk.hpp"
#include "sluice/admin/stream_desk.hpp"
#include "sluice/redis/client.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::admin {

/// What is known to be wrong with a version of "redis"; fine for others, of which nothing is known.
finding check_version(std::string_view server, std::string_view version);

/// Whether a server is one that work can be left with: its version, what it does when memory is
/// short, what it keeps over a restart, whether it is a master, whether its pushes wake readers,
/// the limits of its output buffers, and its clock beside this machine's. What the user may not ask
/// is a note.
///
/// Errors: the connection's. Cancellation: changes nothing.
/// Cost: four round trips (`TIME`, `INFO`, `CONFIG GET` twice).
boost::asio::awaitable<std::vector<finding>> check_server(client redis);

/// What this user's rights suffice for with keys that begin with `prefix`: a finding for each
/// purpose, which names the rights that are missing. By `ACL DRYRUN` where the server has it and
/// the user may call it; else by commands that change nothing, on a key that does not exist.
/// Channels are not looked at.
///
/// Errors: the connection's. Cancellation: changes nothing.
/// Cost: a round trip for each of some forty commands.
boost::asio::awaitable<std::vector<finding>> check_rights(client redis, std::string prefix);

/// A group at a moment, with its consumers.
///
/// Thread rule: a value.
struct group_state {
  std::string stream;
  group_facts facts;
  std::vector<consumer_facts> consumers;
};

/// All groups of a stream, with their consumers.
///
/// Errors and cancellation: as `stream_desk::groups`.
/// Cost: as that, and a round trip for each group (`XINFO CONSUMERS`).
boost::asio::awaitable<std::vector<group_state>> states_of(client redis, std::string stream);

/// What is wrong with a group: entries in hand of consumers that have asked for nothing for
/// `dead_after`, such consumers themselves, entries that nobody is there to take, and a lag that
/// has grown since `before` was looked at. Nothing where nothing is.
///
/// A consumer that works on one entry for longer than `dead_after` looks as if it were dead.
std::vector<finding> check_group(const group_state& now, const std::optional<group_state>& before,
                                 std::chrono::milliseconds dead_after);

}  // namespace sluice::admin
