// Errors: codes, conditions, and the words of the server.

#include "support/catch.hpp"

#include <sluice/core/error.hpp>

#include <boost/asio/error.hpp>

#include <string>

namespace {

using namespace sluice;

TEST_CASE("every code has a text of its own") {
  const auto last = static_cast<int>(errc::lease_lost);
  for (int code = 1; code <= last; ++code) {
    INFO("code " << code);
    CHECK(make_error_code(static_cast<errc>(code)).message() != "unknown error");
  }
  CHECK(make_error_code(static_cast<errc>(last + 1)).message() == "unknown error");
}

TEST_CASE("an error compares with its code and with the conditions it belongs to") {
  const error lost(errc::connection_lost);
  CHECK(lost.code() == errc::connection_lost);
  CHECK(lost.code() == error::connection_lost);
  CHECK(lost.code() == condition::retryable);
  CHECK(lost.code() != condition::fatal);
  CHECK(error(errc::wrong_password).code() == condition::fatal);
  CHECK(error(errc::timeout).code() == condition::timeout);
  CHECK(error(errc::connect_timeout).code() == condition::timeout);
  CHECK(error(errc::cancelled).code() == condition::cancelled);
  CHECK(error(errc::outcome_unknown).code() != condition::retryable);
}

TEST_CASE("Asio's own cancellation is a cancellation") {
  const boost::system::error_code aborted = boost::asio::error::operation_aborted;
  CHECK(aborted == condition::cancelled);
  CHECK(aborted != condition::retryable);
}

TEST_CASE("an error says command, stream, group and id, its own text and the server's apart") {
  const error why(errc::wrong_type, diagnostics("the key is no stream")
                                        .command("XADD")
                                        .stream("orders")
                                        .group("billing")
                                        .id("1-1")
                                        .server_text("WRONGTYPE Operation"));
  CHECK(std::string(why.what()) ==
        "XADD on 'orders' group 'billing' id '1-1': the key is no stream "
        "(server: WRONGTYPE Operation)");
  CHECK(why.why().server_text() == "WRONGTYPE Operation");
  CHECK(why.which() == errc::wrong_type);
}

TEST_CASE("an error without words of its own has those of its code") {
  CHECK(std::string(error(errc::closed).what()) == "closed");
}

TEST_CASE("an error of another category keeps its code") {
  const error foreign(make_error_code(boost::asio::error::no_descriptors),
                      diagnostics("no sockets"));
  CHECK(foreign.code() == boost::asio::error::no_descriptors);
  CHECK(foreign.which() == errc::server_error);
  CHECK(std::string(foreign.what()) == "no sockets");
}

TEST_CASE("the first word of a server's error decides, not the text behind it") {
  CHECK(classify_server_error("NOGROUP No such key 's' or consumer group") == errc::no_group);
  CHECK(classify_server_error("NOGROUP the consumer group this client was blocked on") ==
        errc::no_group);
  CHECK(classify_server_error("UNBLOCKED the stream key no longer exists") == errc::unblocked);
  CHECK(classify_server_error("BUSYGROUP Consumer Group name already exists") ==
        errc::group_exists);
  CHECK(classify_server_error("BUSY Redis is busy running a script.") == errc::script_busy);
  CHECK(classify_server_error("WRONGPASS invalid username-password pair") == errc::wrong_password);
  CHECK(classify_server_error("MOVED 3999 127.0.0.1:6381") == errc::moved);
  CHECK(classify_server_error("OOM command not allowed") == errc::out_of_memory);
  CHECK(classify_server_error("ERR unknown command 'FOO'") == errc::unknown_command);
  CHECK(classify_server_error("ERR no such key") == errc::no_such_key);
  CHECK(classify_server_error("ERR something else") == errc::server_error);
  CHECK(classify_server_error("NOGROUPS") == errc::server_error);
  CHECK(classify_server_error("") == errc::server_error);
}

}  // namespace
