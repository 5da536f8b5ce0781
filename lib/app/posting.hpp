// A command that left at once, and whose fate may be asked for later.
#pragma once

#include "redis/connection.hpp"

#include "sluice/core/error.hpp"
#include "sluice/resp/value.hpp"

#include <functional>
#include <string_view>

namespace sluice {

/// Told once, under the rules of `reply_sink`: null when it was executed, with the reply.
using posting_handler = std::function<void(const resp::value& reply, const error* failure)>;

/// Sends one command without waiting; `done` hears what came of it.
void post(connection& link, std::string_view frame, risk when_cut, posting_handler done);

}  // namespace sluice
