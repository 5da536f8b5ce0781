// Looking for what will go wrong at night.
#pragma once

#include "sluice/admin/finding.hpp"
#include "sluice/admin/overview.hpp"
#include "sluice/redis/client.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::admin {

/// What is known to be wrong with a version of "redis" or "valkey", as `capabilities::server` names
/// them; fine for others, of which nothing is known.
finding check_version(std::string_view server, std::string_view version);

/// Whether a server is one that work can be left with: its version, what it does when memory is
/// short, what it keeps over a restart, whether it is a master, whether its pushes wake readers,
/// the limits of its output buffers, and its clock beside this machine's. What the user may not ask
/// is a note.
///
/// Errors: the connection's. Cancellation: changes nothing.
/// Cost: four round trips (`TIME`, `INFO`, `CONFIG GET` twice).
boost::asio::awaitable<std::vector<finding>> check_server(client redis);

/// What this user's rights suffice for with keys that begin with `prefix`, and as a member of
/// `groups`: a finding for each purpose, which names the commands, keys and channels that are
/// missing. Members beat on a channel that is called like their group; without `groups` it is found
/// out only whether the commands may be run.
///
/// Mailboxes (and those of rivulet) and topics are looked at under the keys that they have by
/// default, lists under `prefix` and `sluice:processing:` before it. As not everybody uses these,
/// what is missing for them is a note.
///
/// By `ACL DRYRUN` where the server has it and the user may call it; else by commands that change
/// nothing, on a key that does not exist. What cannot be found out in this way is a note.
///
/// Errors: the connection's. Cancellation: changes nothing.
/// Cost: a round trip for each of some 130 commands, and for three of each group.
boost::asio::awaitable<std::vector<finding>> check_rights(client redis, std::string prefix,
                                                          std::vector<std::string> groups);
/// The same without groups.
///
/// Errors, cancellation and cost: as above.
boost::asio::awaitable<std::vector<finding>> check_rights(client redis, std::string prefix);

/// What is wrong with a group: entries in hand of consumers that have asked for nothing for
/// `dead_after`, such consumers themselves, entries that nobody is there to take, and a lag that
/// has grown clearly since `before` was looked at: both were counted, there was one before, and at
/// least ten entries and a twentieth more were added than taken. Nothing where nothing is.
///
/// A consumer that works on one entry for longer than `dead_after` looks as if it were dead.
std::vector<finding> check_group(const group_state& now, const std::optional<group_state>& before,
                                 std::chrono::milliseconds dead_after);

}  // namespace sluice::admin
