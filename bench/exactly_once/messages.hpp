// Where the messages are that all peers of this question work on.
#pragma once

#include <string_view>

namespace bench {

inline constexpr std::string_view topic = "bench";
inline constexpr std::string_view topic_stream = "telstar:stream:bench";

}  // namespace bench
