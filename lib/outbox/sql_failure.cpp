#include "outbox/sql_failure.hpp"

#include <algorithm>
#include <array>

namespace sluice::outbox {
namespace {

std::string first_line(std::string text) {
  text.erase(std::min(text.find('\n'), text.size()));
  return text;
}

bool says(const std::string& text, std::initializer_list<std::string_view> phrases) {
  return std::any_of(phrases.begin(), phrases.end(),
                     [&](std::string_view each) { return text.find(each) != std::string::npos; });
}

// SOCI classifies little: nothing with SQLite, and no deadlock with anyone. The words are those of
// SQLite's sqlite3_errmsg, of PostgreSQL's 40001 and 40P01, of MySQL's 1205 and 1213.
errc code_of(const soci::soci_error& why, const std::string& text) {
  if (says(text, {"database is locked", "table is locked", "Lock wait timeout"})) {
    return errc::timeout;
  }
  if (says(text, {"could not serialize", "deadlock", "Deadlock"})) return errc::transaction_aborted;
  if (says(text, {"UNIQUE constraint failed"})) return errc::already_settled;
  switch (why.get_error_category()) {
    case soci::soci_error::connection_error:
      return errc::connection_lost;
    case soci::soci_error::no_privilege:
      return errc::not_permitted;
    case soci::soci_error::constraint_violation:
      return errc::already_settled;
    default:
      return errc::server_error;
  }
}

const char* explanation(errc code) noexcept {
  switch (code) {
    case errc::timeout:
      return "the database is locked by another transaction";
    case errc::transaction_aborted:
      return "the database gave the transaction up: roll back and repeat it";
    case errc::already_settled:
      return "another transaction wrote the same key: roll back";
    case errc::connection_lost:
      return "the session with the database broke";
    case errc::not_permitted:
      return "the database user lacks a right";
    default:
      return "the database refused a statement";
  }
}

// Values of these keys are worth reading in an error. All others may be secrets, and so may any
// word that is no `key=value`, as when a password with a space is not quoted.
bool is_harmless(std::string_view key) {
  constexpr std::array<std::string_view, 8> known{"host", "hostaddr", "port",    "dbname",
                                                  "db",   "user",     "service", "unix_socket"};
  return std::find(known.begin(), known.end(), key) != known.end();
}

void blot_out(std::string& text, std::string_view word) {
  if (word.empty()) return;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 3)) {
    text.replace(at, word.size(), "***");
  }
}

std::string_view unquoted(std::string_view word) {
  const auto is_quote = [](char c) { return c == '\'' || c == '"'; };
  while (!word.empty() && is_quote(word.front())) word.remove_prefix(1);
  while (!word.empty() && is_quote(word.back())) word.remove_suffix(1);
  return word;
}

}  // namespace

error sql_failure(const soci::soci_error& why) {
  auto text = first_line(why.get_error_message());
  const auto code = code_of(why, text);
  return error(code, diagnostics(explanation(code)).command("SQL").server_text(std::move(text)));
}

error no_session(const soci::soci_error& why, std::string_view connection_string) {
  return error(
      errc::connection_lost,
      diagnostics("no session with the database")
          .command("SQL")
          .server_text(first_line(without_secrets(why.get_error_message(), connection_string))));
}

std::string without_secrets(std::string text, std::string_view connection_string) {
  // The backend's name in front is no secret.
  const auto scheme = connection_string.find("://");
  if (scheme != std::string_view::npos) connection_string.remove_prefix(scheme + 3);
  while (!connection_string.empty()) {
    const auto end = std::min(connection_string.find(' '), connection_string.size());
    const auto word = connection_string.substr(0, end);
    const auto equals = word.find('=');
    if (equals == std::string_view::npos) {
      blot_out(text, unquoted(word));
    } else if (!is_harmless(word.substr(0, equals))) {
      blot_out(text, unquoted(word.substr(equals + 1)));
    }
    connection_string.remove_prefix(std::min(end + 1, connection_string.size()));
  }
  return text;
}

}  // namespace sluice::outbox
