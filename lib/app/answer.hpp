// What comes back to whoever sent a message.
#pragma once

#include "sluice/stream/entry.hpp"
#include "sluice/stream/fields.hpp"

#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace sluice {

/// One answer of one group of listeners, or the word that no further one comes.
struct answer {
  enum class kind : unsigned char {
    response,       ///< A value.
    last_response,  ///< A value, and the end.
    end,            ///< All listeners of the group are done.
    failure,        ///< The same, and some failed: `error_text` says how.
  };

  kind what = kind::response;
  /// The conversation.
  std::string id;
  /// Who answers.
  std::string source_group;
  /// Counts the answers of the group in this conversation, from 1; 0 where nobody counts.
  std::uint64_t number = 0;
  boost::json::value value;
  std::string error_text;

  bool has_value() const noexcept { return what == kind::response || what == kind::last_response; }
  bool is_end() const noexcept { return what != kind::response; }
};

/// As an entry of a reply stream. `text` is the value as JSON, or what went wrong; the answer's own
/// is not looked at.
fields encode_answer(const answer& what, const std::string& text);
/// Empty for what is no answer.
std::optional<answer> decode_answer(const entry& what);

}  // namespace sluice
