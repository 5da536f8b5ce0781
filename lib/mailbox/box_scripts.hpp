// What happens to channels on the server: each step is one script.
#pragma once

#include "sluice/mailbox/mailbox_options.hpp"
#include "sluice/redis/script.hpp"

#include <string>

namespace sluice {

/// The scripts of a layout. All may be repeated.
///
/// Those that change a channel answer with a list of two where somebody holds its lock, and have
/// changed nothing then: the place of the lock among `KEYS`, from 1 on, and how many milliseconds
/// it may still be held (−1: for ever). A channel's keys are those of `box_keys::append`.
struct box_scripts {
  /// Keys: the record, the channel's. Arguments: the step's number; the source as JSON; the
  /// greatest length; the greatest age in µs; the beginning of all indexes' names; the channel; how
  /// many ms the record lasts; how many numbers to forget, and these; the data of each message as
  /// JSON. Gives the first message's number; the others' follow.
  script write;
  /// Keys: the client's index, the channels'. Arguments: the client; an id to move to, or
  /// "earliest", "current" or "latest"; "1" to move present subscribers only; the channels. Gives
  /// how many subscribe.
  script subscribe;
  /// Keys: as above. Arguments: the client; how many messages to keep behind the slowest; where it
  /// has to stand for it, or nothing; the channels. Gives how many subscriptions have ended.
  script unsubscribe;
  /// Keys: the client's index, the messages of the channels. Arguments: how many messages of each;
  /// the channels; for each of them that was read and not committed, its name, the position on the
  /// server then, the one that was read to. Gives for each with messages its name, the position on
  /// the server, the messages.
  script fetch;
  /// Keys: the client's index, the messages of the channels. Arguments: the client; "1" to move
  /// nothing that somebody else has moved meanwhile, "0" to pass over what was removed; how many
  /// messages to keep behind the slowest; the beginning of all names of positions; for each channel
  /// what `fetch` takes. Gives for each 1 when it was moved, 2 when it stands there already, or 0.
  script commit;

  /// Keys: the channel's. Arguments: the beginning of all indexes' names; the channel. Gives
  /// whether there was one.
  script remove;
  /// Keys: the channel's. Gives for each subscriber its id, its position, how many messages it has
  /// not read, and when the first of them was written, in µs: 0 where that cannot be told, nothing
  /// where there is none.
  script subscribers;
  /// Keys: the channel's. Arguments: after which number; how many.
  script messages;
  /// Keys: the channel's. Arguments: "read", "length" or "age"; the number; the beginning of all
  /// indexes' names; the channel. Gives how many messages are gone: for an age, up to 100.
  script prune;

  static const box_scripts& of(mailbox_layout::form form);
  /// Lets a server know the script of `write` without running it, so that concurrent writes keep
  /// their order.
  std::string loading_frame() const;
};

}  // namespace sluice
