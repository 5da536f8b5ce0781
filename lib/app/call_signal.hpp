// What a sender lets those know who work on its message, beside the messages.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// Published on the channel of the topic, which all processes that listen to the topic hear. What
/// is published may be lost: a sender says again what matters for as long as it waits.
struct call_signal {
  enum class kind : unsigned char {
    cancel,   ///< The message is not to be worked on any more.
    unheard,  ///< Nobody listens to answers any more; the work goes on.
    taken,    ///< So many answers of the group were taken: more are welcome.
  };

  kind what = kind::cancel;
  /// The conversation.
  std::string id;
  std::string group;
  std::uint64_t number = 0;
};

/// The channel of a topic, by the name under which the main stream has it.
std::string call_channel(std::string_view topic);

std::string encode_signal(const call_signal& what);
/// Empty for what is no signal.
std::optional<call_signal> decode_signal(std::string_view text);

}  // namespace sluice
