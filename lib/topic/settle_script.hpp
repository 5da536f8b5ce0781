// The atomic steps that end an entry.
#pragma once

#include "sluice/redis/script.hpp"

namespace sluice {

/// What `settle_script` answers.
enum class settle_answer : int {
  settled = 1,  ///< Now, or when the same settle came before and its answer was lost.
  seen = 2,     ///< The message was settled before; the entry is acknowledged.
  claimed = 3,  ///< Another member has the entry; nothing was done.
  gone = 4,     ///< The entry is not pending; nothing was done.
};

/// Settles a message once. It writes what telstar writes, in telstar's order. It answers what came
/// of it, and 10 more where the group has settled the message that comes next, which saves asking.
///
/// Keys: the stream, the checkpoint, the settles of this run of the member, the seen key; and that
/// of the message that comes next, if it is known and another.
/// Arguments: group, consumer, entry id, seconds to remember, the place among the settles where
/// this one is written down, and its number; then anything, where the settles' time to live is to
/// begin anew. That is twice the time to remember, so that it need not happen with each.
///
/// Without a deadline for handlers: whoever gave up in between would not know whether to undo the
/// work.
const script& settle_script();
/// The same for the member itself, which asks again: each time is waited for 5 s.
const script& settle_script_again();
/// What it adds where the message that comes next was settled.
inline constexpr int settled_ahead = 10;

/// Acknowledges an entry without its message being remembered, as telstar's error handlers do it;
/// nothing if it is not pending for this member. Asking again does no harm; each time is waited for
/// 5 s.
///
/// Keys: the stream, the checkpoint. Arguments: group, consumer, entry id.
const script& dismiss_script();

}  // namespace sluice
