#include "sluice/topic/malformed_message.hpp"

#include <utility>

namespace sluice {

malformed_message::malformed_message(flaw what, const std::string& in_words, std::string stream,
                                     std::string id)
    : error(errc::malformed_message,
            diagnostics(in_words).stream(std::move(stream)).id(std::move(id))),
      flaw_(what) {}

}  // namespace sluice
