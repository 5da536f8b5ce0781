// What a database says, as Sluice's error.
#pragma once

#include "sluice/core/error.hpp"

#include <soci/error.h>

#include <string>
#include <string_view>

namespace sluice::outbox {

/// A statement failed. The text is the database's first line: the lines behind it and the context
/// that SOCI adds quote values.
error sql_failure(const soci::soci_error& why);

/// A session could not be opened. Whatever of the connection string might be a secret is blotted
/// out of the text.
error no_session(const soci::soci_error& why, std::string_view connection_string);

/// The text without any word of the connection string that is not known to be harmless.
std::string without_secrets(std::string text, std::string_view connection_string);

/// Runs SQL and throws what goes wrong as Sluice's error.
template <class Statements>
decltype(auto) in_sql(Statements&& run) {
  try {
    return run();
  } catch (const soci::soci_error& why) {
    throw sql_failure(why);
  }
}

}  // namespace sluice::outbox
