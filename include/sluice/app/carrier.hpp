// What an app's messages and their answers travel by.
#pragma once

namespace sluice {

/// What carries messages to listeners.
enum class carrier {
  streams,  ///< Redis streams and their groups: acknowledged, and nothing is lost with a process.
  lists,    ///< Redis lists, as streamback's processes use them: every message goes to one app.
  kafka,    ///< Kafka's topics and consumer groups.
};

/// How answers come back.
enum class answers_by {
  /// All answers to a process on one stream. No key for each message; for Sluice's processes alone.
  reply_stream,
  /// A list a message, as streamback's processes read and write them; it expires 300 s after the
  /// last answer. Any process can go on with it, see `app::continue_lane`.
  lists,
};

}  // namespace sluice
