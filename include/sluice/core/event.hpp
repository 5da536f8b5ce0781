// What happens underneath, for logs, alarms and tests. Costs nothing when nobody listens.
#pragma once

#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <variant>

/// The events of the SDK. All text is a view that is valid during the call only; none holds a
/// payload or a secret.
namespace sluice::events {

/// A connection is up and its handshake is done.
struct connected {
  std::string_view address;         ///< Where to, without credentials.
  std::string_view server;          ///< "redis" or "valkey", as the server says.
  std::string_view server_version;  ///< Such as "7.0.15".
  std::size_t reconnects = 0;       ///< How many times before on this client.
};

/// A connection that was up is gone.
struct disconnected {
  std::string_view address;
  boost::system::error_code reason;
  std::string_view text;  ///< The reason in words.
};

/// An attempt to connect failed; the next one follows after a pause.
struct retrying {
  std::string_view address;
  boost::system::error_code reason;
  std::string_view text;
  std::chrono::milliseconds pause{0};
  std::size_t attempt = 0;  ///< Failed attempts in a row.
};

/// A command took longer than `connection_options::slow_command`.
struct slow_command {
  std::string_view command;
  std::chrono::microseconds elapsed{0};
};

/// Doorbells are not available on this server or for this user; the wake strategy named is used.
struct doorbell_unavailable {
  std::string_view reason;
};

/// A stream or its group vanished and was made again.
struct group_recreated {
  std::string_view stream;
  std::string_view group;
  std::string_view start;  ///< The id it continues after.
};

/// Reading one stream fails; it is tried again after a pause, the other streams go on.
struct read_failed {
  std::string_view stream;
  std::string_view group;
  boost::system::error_code reason;
  std::string_view text;
  std::chrono::milliseconds pause{0};
};

/// An acknowledgement that nobody awaited failed, or found the entry no longer pending.
struct acknowledgement_failed {
  std::string_view stream;
  std::string_view group;
  std::size_t entries = 0;
  boost::system::error_code reason;
  std::string_view text;
};

/// A pending entry whose payload was deleted or trimmed was skipped and acknowledged.
struct payload_lost {
  std::string_view stream;
  std::string_view group;
  std::string_view id;
};

/// The beats of a member do not come back to it, as if it had no link: others may soon believe it
/// dead. It takes no new entries until they do.
struct heartbeat_lost {
  std::string_view group;
  std::string_view member;
  std::chrono::milliseconds unheard{0};
};

/// The beats of a member are heard again, and it goes on.
struct heartbeat_restored {
  std::string_view group;
  std::string_view member;
};

/// The server does not let this user listen to the group's channel.
struct heartbeat_refused {
  std::string_view group;
  boost::system::error_code reason;
  std::string_view text;
};

/// Entries were taken away from a member that had fallen silent; members that live will get them.
struct member_silent {
  std::string_view stream;
  std::string_view group;
  std::string_view member;
  std::size_t entries = 0;
};

/// A consumer that nobody has heard of for long, with nothing pending, was removed from the group.
struct member_removed {
  std::string_view stream;
  std::string_view group;
  std::string_view member;
};

/// An entry that is being worked on here belongs to another member now: settling it will fail.
struct lease_lost {
  std::string_view stream;
  std::string_view group;
  std::string_view id;
};

/// An entry was given up and moved to the dead letters.
struct dead_lettered {
  std::string_view stream;
  std::string_view group;
  std::string_view id;
  std::string_view to;  ///< The stream of dead letters.
  std::string_view reason;
};

/// The server's clock was set. Until what it says about idle entries can be trusted again, only
/// members whose beats stopped lose entries.
struct clock_stepped {
  std::chrono::milliseconds by{0};  ///< Forward if positive.
};

/// Looking after a group failed: sweeping, giving back, renewing. It is tried again by itself, and
/// told again only after it has succeeded.
struct upkeep_failed {
  std::string_view stream;
  std::string_view group;
  std::string_view what;  ///< Such as "renewing leases".
  boost::system::error_code reason;
  std::string_view text;
};

/// What an object that listens to a topic has gathered could not be flushed. It is tried again at
/// the next interval, if there is one.
struct flush_failed {
  std::string_view group;  ///< The app's name.
  std::string_view topic;
  std::string_view text;
};

/// What carries the messages of an app, other than its Redis server, is in trouble. It is tried
/// again by itself.
struct carrier_troubled {
  std::string_view carrier;  ///< Such as "kafka".
  boost::system::error_code reason;
  std::string_view text;
};

/// What extends an app has thrown something. Told again only after the same function has succeeded.
struct extension_failed {
  std::string_view group;      ///< The app's name.
  std::string_view extension;  ///< What it calls itself.
  std::string_view function;   ///< Such as "on_tick".
  std::string_view text;
};

}  // namespace sluice::events

namespace sluice {

/// Any event. `std::visit` it, or print it with `to_string`.
using event =
    std::variant<events::connected, events::disconnected, events::retrying, events::slow_command,
                 events::doorbell_unavailable, events::group_recreated, events::read_failed,
                 events::acknowledgement_failed, events::payload_lost, events::heartbeat_lost,
                 events::heartbeat_restored, events::heartbeat_refused, events::member_silent,
                 events::member_removed, events::lease_lost, events::dead_lettered,
                 events::clock_stepped, events::upkeep_failed, events::flush_failed,
                 events::carrier_troubled, events::extension_failed>;

/// Receives events. Called on the client's executor; must not throw; may call the client.
using event_handler = std::function<void(const event&)>;

/// One line for a log.
std::string to_string(const event& what);

}  // namespace sluice
