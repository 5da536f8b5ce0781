// What is said of a database's errors, and what is kept secret.

#include "outbox/sql_failure.hpp"
#include "support/catch.hpp"

#include <string>

namespace {

using namespace sluice::outbox;
using sluice::condition;
using sluice::errc;

/// An error as a backend makes it.
class database_error : public soci::soci_error {
 public:
  database_error(const std::string& text, error_category kind)
      : soci::soci_error(text), kind_(kind) {}
  error_category get_error_category() const override { return kind_; }

 private:
  error_category kind_;
};

errc code_of(const std::string& text,
             soci::soci_error::error_category kind = soci::soci_error::unknown) {
  return sql_failure(database_error(text, kind)).which();
}

TEST_CASE("a database's error has the code of what can be done about it") {
  CHECK(code_of("sqlite3_statement_backend::loadOne: database is locked") == errc::timeout);
  CHECK(code_of("1205 Lock wait timeout exceeded; try restarting transaction") == errc::timeout);
  CHECK(code_of("ERROR:  could not serialize access due to concurrent update") ==
        errc::transaction_aborted);
  CHECK(code_of("ERROR:  deadlock detected") == errc::transaction_aborted);
  CHECK(code_of("UNIQUE constraint failed: inbox.message_id") == errc::already_settled);
  CHECK(code_of("duplicate key", soci::soci_error::constraint_violation) == errc::already_settled);
  CHECK(code_of("gone", soci::soci_error::connection_error) == errc::connection_lost);
  CHECK(code_of("no", soci::soci_error::no_privilege) == errc::not_permitted);
  CHECK(code_of("no such table: sluice_outbox") == errc::server_error);
  for (const auto code : {errc::timeout, errc::transaction_aborted, errc::connection_lost}) {
    CHECK(sluice::make_error_code(code) == condition::retryable);
  }
}

TEST_CASE("the database's words are told up to their first line, without the values behind it") {
  database_error why("ERROR:  invalid input syntax\nDETAIL: {\"card\": \"4111\"", {});
  why.add_context("while executing \"INSERT\" with :data=\"4111\"");
  const auto told = sql_failure(why);
  CHECK(told.why().server_text() == "ERROR:  invalid input syntax");
  CHECK(std::string(told.what()).find("4111") == std::string::npos);
}

TEST_CASE("no word of a connection string that may be a secret is told") {
  const std::string text = "FATAL: user app on db1 with hunter2: missing \"=\" after \"my horse\"";
  CHECK(without_secrets(text, "postgresql://host=db1 user=app password=hunter2") ==
        "FATAL: user app on db1 with ***: missing \"=\" after \"my horse\"");
  CHECK(without_secrets("missing = after u:pw@db1/shop", "postgresql://u:pw@db1/shop") ==
        "missing = after ***");
  CHECK(without_secrets("after horse", "postgresql://password='my horse' host=db1") == "after ***");
  CHECK(without_secrets("unable to open database file", "sqlite3://x.db") ==
        "unable to open database file");
  CHECK(without_secrets("* ** ***", "mysql://pass=*") != "");
}

}  // namespace
