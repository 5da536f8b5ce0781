// Messages that nobody can work on, however often it is tried.
#pragma once

#include "sluice/core/error.hpp"

#include <string>
#include <utility>

namespace sluice {

/// Thrown in place of a call of a handler whose parameters the message does not fit, with every
/// flaw by its path; a handler may throw one of its own. It is final, whatever the retry policy
/// says: the sender hears it as a `feedback_error`, and the message becomes a dead letter.
///
/// Thread rule: a value.
class unfit_message : public error {
 public:
  /// `why` goes to the sender: it should quote nothing of the message.
  explicit unfit_message(std::string why)
      : error(errc::malformed_message, diagnostics(std::move(why))) {}
};

}  // namespace sluice
