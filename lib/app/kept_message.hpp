// A message as it waits on the server.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// What scripts store, and what they do with it when it is due.
struct kept_message {
  /// "stream" or "list": a script adds it to the key of that name. "topic": it must be sent from a
  /// process, as something else carries it.
  std::string_view kind;
  /// The key; of the last kind, the topic.
  std::string key;
  /// The fields of an entry; or the element of a list, and for how many seconds it then lives.
  std::vector<std::string> words;
};

}  // namespace sluice
