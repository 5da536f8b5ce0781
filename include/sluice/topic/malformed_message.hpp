// Entries that are no messages.
#pragma once

#include "sluice/core/error.hpp"

#include <string>

namespace sluice {

/// An entry that cannot be worked on, whatever is tried: `errc::malformed_message`. The diagnostics
/// name stream and id, and what is wrong, but hold nothing of the data.
///
/// Thread rule: a value.
class malformed_message : public error {
 public:
  /// What is wrong.
  enum class flaw : unsigned char {
    missing_field,  ///< There is no `message_id`, or no `data`.
    bad_id,         ///< `message_id` is no UUID.
    bad_data,       ///< `data` is no JSON, or too much of it.
    refused         ///< It is a message, but its topic's check refused the data.
  };

  /// Of an entry of a stream.
  malformed_message(flaw what, const std::string& in_words, std::string stream, std::string id);

  /// What is wrong.
  flaw what_is_wrong() const noexcept { return flaw_; }

 private:
  flaw flaw_;
};

}  // namespace sluice
