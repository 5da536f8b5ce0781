// A command that left at once, and whose fate may be asked for later.
#pragma once

#include "redis/connection.hpp"

#include "sluice/core/error.hpp"
#include "sluice/redis/command.hpp"
#include "sluice/resp/value.hpp"

#include <functional>
#include <string_view>
#include <vector>

namespace sluice {

/// Told once, under the rules of `reply_sink`: null when it was executed, with the reply.
using posting_handler = std::function<void(const resp::value& reply, const error* failure)>;

/// Sends one command without waiting; `done` hears what came of it.
void post(connection& link, std::string_view frame, risk when_cut, posting_handler done);

/// How long an answer may take.
enum class endurance : unsigned char {
  usual,  ///< As long as the connection's options say.
  /// As long as the link lasts: for whatever would be lost with its answer.
  endless,
};

/// Sends several commands as one unit, `MULTI` … `EXEC`. The reply is the list of their replies; an
/// error of one of them is the failure of all, though the others may have been executed.
void post_unit(connection& link, const std::vector<command>& commands, risk when_cut,
               posting_handler done, endurance how_long = endurance::usual);

}  // namespace sluice
