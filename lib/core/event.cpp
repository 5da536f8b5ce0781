#include "sluice/core/event.hpp"

namespace sluice {
namespace {

std::string quoted(std::string_view name) { return "'" + std::string(name) + "'"; }

std::string of_stream(std::string_view stream, std::string_view group) {
  std::string text = "stream " + quoted(stream);
  if (!group.empty()) text += " group " + quoted(group);
  return text;
}

std::string of_member(std::string_view group, std::string_view member) {
  return "group " + quoted(group) + " member " + quoted(member);
}

std::string milliseconds(std::chrono::milliseconds time) {
  return std::to_string(time.count()) + " ms";
}

/// One line for each kind of event.
struct describe {
  std::string operator()(const events::connected& what) const {
    std::string text = "connected to " + std::string(what.address) + " (" +
                       std::string(what.server) + ' ' + std::string(what.server_version) + ')';
    if (what.reconnects > 0) text += ", reconnect " + std::to_string(what.reconnects);
    return text;
  }
  std::string operator()(const events::disconnected& what) const {
    return "disconnected from " + std::string(what.address) + ": " + std::string(what.text);
  }
  std::string operator()(const events::retrying& what) const {
    return "no connection to " + std::string(what.address) + ": " + std::string(what.text) +
           "; next attempt in " + milliseconds(what.pause);
  }
  std::string operator()(const events::slow_command& what) const {
    return "slow command " + std::string(what.command) + ": " +
           std::to_string(what.elapsed.count()) + " us";
  }
  std::string operator()(const events::doorbell_unavailable& what) const {
    return "no proven doorbell: " + std::string(what.reason);
  }
  std::string operator()(const events::group_recreated& what) const {
    return of_stream(what.stream, what.group) + " vanished and was made again after " +
           std::string(what.start);
  }
  std::string operator()(const events::read_failed& what) const {
    return "reading " + of_stream(what.stream, what.group) + " failed: " + std::string(what.text) +
           "; next attempt in " + milliseconds(what.pause);
  }
  std::string operator()(const events::acknowledgement_failed& what) const {
    return std::to_string(what.entries) + " acknowledgements of " +
           of_stream(what.stream, what.group) + " failed: " + std::string(what.text);
  }
  std::string operator()(const events::payload_lost& what) const {
    return of_stream(what.stream, what.group) + ": the payload of pending entry " +
           std::string(what.id) + " was deleted; it was acknowledged";
  }
  std::string operator()(const events::heartbeat_lost& what) const {
    return of_member(what.group, what.member) + " has not heard its own beat for " +
           milliseconds(what.unheard) + "; it takes no new entries";
  }
  std::string operator()(const events::heartbeat_restored& what) const {
    return of_member(what.group, what.member) + " hears its beat again";
  }
  std::string operator()(const events::heartbeat_refused& what) const {
    return "group " + quoted(what.group) + ": beats are refused: " + std::string(what.text);
  }
  std::string operator()(const events::member_silent& what) const {
    return of_stream(what.stream, what.group) + ": member " + quoted(what.member) +
           " is silent; its " + std::to_string(what.entries) + " entries are given to others";
  }
  std::string operator()(const events::member_removed& what) const {
    return of_stream(what.stream, what.group) + ": member " + quoted(what.member) +
           " is long gone and was removed";
  }
  std::string operator()(const events::lease_lost& what) const {
    return of_stream(what.stream, what.group) + ": entry " + std::string(what.id) +
           " was taken away while it was being worked on";
  }
  std::string operator()(const events::dead_lettered& what) const {
    return of_stream(what.stream, what.group) + ": entry " + std::string(what.id) +
           " was given up and moved to " + quoted(what.to) + ": " + std::string(what.reason);
  }
  std::string operator()(const events::clock_stepped& what) const {
    return "the server's clock was set by " + milliseconds(what.by) +
           "; its idle times mean nothing for a while";
  }
  std::string operator()(const events::upkeep_failed& what) const {
    return of_stream(what.stream, what.group) + ": " + std::string(what.what) +
           " failed: " + std::string(what.text);
  }
  std::string operator()(const events::flush_failed& what) const {
    return "group " + quoted(what.group) + " topic " + quoted(what.topic) +
           ": flushing failed: " + std::string(what.text);
  }
  std::string operator()(const events::carrier_troubled& what) const {
    return std::string(what.carrier) + " is in trouble: " + std::string(what.text);
  }
  std::string operator()(const events::extension_failed& what) const {
    return "group " + quoted(what.group) + ": " + std::string(what.function) +
           " of the extension " + quoted(what.extension) + " failed: " + std::string(what.text);
  }
};

}  // namespace

std::string to_string(const event& what) { return std::visit(describe{}, what); }

}  // namespace sluice
