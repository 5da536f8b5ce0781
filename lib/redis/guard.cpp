#include "redis/guard.hpp"

#include "resp/writer.hpp"

#include "sluice/core/error.hpp"
#include "sluice/resp/value.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {
namespace {

constexpr std::string_view blocks = "it blocks the connection, and everything behind it would wait";
constexpr std::string_view changes_state =
    "it changes the state of the connection that everybody shares";

struct rule {
  std::string_view name;
  std::string_view subcommand;  // empty for all
  std::string_view reason;
  std::string_view instead;
};

constexpr std::string_view use_consumer = "use sluice::consumer or sluice::group_consumer";
constexpr std::string_view own_client = "use a client of its own, or the form that does not block";
constexpr std::string_view use_options = "say it in the URL or in connection_options";
constexpr std::string_view use_transaction = "use sluice::transaction";
constexpr std::string_view use_subscription = "use sluice::subscription";

constexpr std::array rules{
    rule{"BLPOP", "", blocks, own_client},
    rule{"BRPOP", "", blocks, own_client},
    rule{"BLMOVE", "", blocks, own_client},
    rule{"BLMPOP", "", blocks, own_client},
    rule{"BRPOPLPUSH", "", blocks, own_client},
    rule{"BZPOPMIN", "", blocks, own_client},
    rule{"BZPOPMAX", "", blocks, own_client},
    rule{"BZMPOP", "", blocks, own_client},
    rule{"WAIT", "", blocks, "use a sluice::producer with a durability"},
    rule{"WAITAOF", "", blocks, "use a sluice::producer with a durability"},
    rule{"MULTI", "", changes_state, use_transaction},
    rule{"EXEC", "", changes_state, use_transaction},
    rule{"DISCARD", "", changes_state, use_transaction},
    rule{"WATCH", "", changes_state, "use a script for an optimistic check"},
    rule{"UNWATCH", "", changes_state, "use a script for an optimistic check"},
    rule{"SELECT", "", changes_state, use_options},
    rule{"AUTH", "", changes_state, use_options},
    rule{"HELLO", "", changes_state, use_options},
    rule{"RESET", "", changes_state, "use client::stop and make another client"},
    rule{"QUIT", "", changes_state, "use client::close"},
    rule{"READONLY", "", changes_state, "connect to a master"},
    rule{"READWRITE", "", changes_state, "connect to a master"},
    rule{"ASKING", "", changes_state, "connect to the node that owns the key"},
    rule{"SUBSCRIBE", "", changes_state, use_subscription},
    rule{"PSUBSCRIBE", "", changes_state, use_subscription},
    rule{"SSUBSCRIBE", "", changes_state, use_subscription},
    rule{"UNSUBSCRIBE", "", changes_state, use_subscription},
    rule{"PUNSUBSCRIBE", "", changes_state, use_subscription},
    rule{"SUNSUBSCRIBE", "", changes_state, use_subscription},
    rule{"MONITOR", "", "it turns the connection into a log", "use redis-cli monitor"},
    rule{"SYNC", "", "it turns the connection into a replica's", "use redis-cli --rdb"},
    rule{"PSYNC", "", "it turns the connection into a replica's", "use redis-cli --rdb"},
    rule{"REPLCONF", "", changes_state, "it is for replicas only"},
    rule{"SHUTDOWN", "", "it ends the server", "use redis-cli"},
    rule{"DEBUG", "", "it can stop or crash the server", "use redis-cli"},
    rule{"CLIENT", "REPLY", "replies would be missing and all others slip", "discard the reply"},
    rule{"CLIENT", "TRACKING", changes_state, "the connection tracks keys already"},
    rule{"CLIENT", "CACHING", changes_state, "the connection tracks keys already"},
    rule{"CLIENT", "SETNAME", changes_state, use_options},
    rule{"CLIENT", "PAUSE", "it stops this connection as well", "use redis-cli"},
};

std::string upper(std::string_view text) {
  std::string copy(text);
  std::transform(copy.begin(), copy.end(), copy.begin(), [](char letter) {
    return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
  });
  return copy;
}

std::vector<std::string_view> arguments(const command& what) {
  std::vector<std::string_view> found;
  std::string_view rest = what.encoded();
  while (!rest.empty()) {
    const resp::value argument(rest);
    found.push_back(argument.text());
    rest.remove_prefix(argument.raw().size());
  }
  return found;
}

[[noreturn]] void refuse(const command& what, std::string_view reason, std::string_view instead) {
  throw error(errc::command_refused, diagnostics(std::string(reason) + ": " + std::string(instead))
                                         .command(std::string(what.name())));
}

// BLOCK is an option only before the keys; a stream may well be called "block".
void refuse_blocking_read(const command& what) {
  for (const auto word : arguments(what)) {
    const auto option = upper(word);
    if (option == "STREAMS") return;
    if (option == "BLOCK") refuse(what, blocks, use_consumer);
  }
}

}  // namespace

void refuse_if_harmful(const command& what) {
  if (what.size() > resp::max_arguments || what.encoded().size() > resp::max_frame) {
    throw error(
        errc::invalid_argument,
        diagnostics("the command is too large for the protocol").command(std::string(what.name())));
  }
  const auto name = what.name();
  if (name == "XREAD" || name == "XREADGROUP") return refuse_blocking_read(what);
  for (const auto& each : rules) {
    if (each.name != name) continue;
    if (!each.subcommand.empty()) {
      const auto words = arguments(what);
      if (words.size() < 2 || upper(words[1]) != each.subcommand) continue;
    }
    refuse(what, each.reason, each.instead);
  }
}

}  // namespace sluice
