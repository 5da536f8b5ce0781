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

/// Settles a message once. It writes what telstar writes, in telstar's order.
///
/// Keys: the stream, the checkpoint, the settles of this run of the member, the seen key.
/// Arguments: group, consumer, entry id, seconds to remember, number of this settle; then the
/// numbers of settles whose answers have come, which the server need not know any longer.
const script& settle_script();

/// Acknowledges an entry without its message being remembered, as telstar's error handlers do it;
/// nothing if it is not pending for this member. Asking again does no harm.
///
/// Keys: the stream, the checkpoint. Arguments: group, consumer, entry id.
const script& dismiss_script();

}  // namespace sluice
