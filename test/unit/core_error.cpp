// Errors, their classes, and the lines that logs get to see.

#include "support/catch.hpp"

#include <sluice/core/error.hpp>
#include <sluice/core/event.hpp>
#include <sluice/core/result.hpp>

#include <boost/asio/error.hpp>

#include <set>
#include <string>
#include <utility>

namespace {

using sluice::classify_server_error;
using sluice::condition;
using sluice::diagnostics;
using sluice::errc;
using sluice::error;

TEST_CASE("every code has a text of its own") {
  std::set<std::string> texts;
  for (int code = 1; code <= static_cast<int>(errc::feedback_lost); ++code) {
    const auto text = make_error_code(static_cast<errc>(code)).message();
    INFO(code);
    CHECK(text != "unknown error");
    CHECK(texts.insert(text).second);
  }
  CHECK(make_error_code(static_cast<errc>(9'999)).message() == "unknown error");
}

TEST_CASE("no code is both worth another try and hopeless") {
  for (int code = 1; code <= static_cast<int>(errc::feedback_lost); ++code) {
    const auto which = make_error_code(static_cast<errc>(code));
    INFO(which.message());
    CHECK_FALSE((which == condition::retryable && which == condition::fatal));
  }
}

TEST_CASE("conditions say what to do") {
  CHECK(make_error_code(errc::loading) == condition::retryable);
  CHECK(make_error_code(errc::wrong_password) == condition::fatal);
  CHECK(make_error_code(errc::timeout) == condition::timeout);
  CHECK(make_error_code(errc::closed) == condition::cancelled);
  CHECK(make_error_code(errc::outcome_unknown) != condition::retryable);
  CHECK(boost::system::error_code(boost::asio::error::operation_aborted) == condition::cancelled);
  CHECK(boost::system::error_code(boost::asio::error::connection_reset) != condition::cancelled);
}

TEST_CASE("a server's error is known by its first word") {
  const auto [text, code] = GENERATE(table<std::string, errc>({
      {"WRONGTYPE Operation against a key holding the wrong kind of value", errc::wrong_type},
      {"NOGROUP No such key 's' or consumer group 'g'", errc::no_group},
      {"BUSYGROUP Consumer Group name already exists", errc::group_exists},
      {"NOSCRIPT No matching script. Please use EVAL.", errc::no_script},
      {"BUSY Redis is busy running a script.", errc::script_busy},
      {"OOM command not allowed when used memory > 'maxmemory'.", errc::out_of_memory},
      {"MISCONF Redis is configured to save RDB snapshots", errc::persistence_failed},
      {"NOREPLICAS Not enough good replicas to write.", errc::too_few_replicas},
      {"CLUSTERDOWN The cluster is down", errc::cluster_down},
      {"MOVED 3999 127.0.0.1:6381", errc::moved},
      {"ASK 3999 127.0.0.1:6381", errc::moved},
      {"TRYAGAIN Multiple keys request during rehashing of slot", errc::try_again},
      {"UNBLOCKED the stream key no longer exists", errc::unblocked},
      {"EXECABORT Transaction discarded because of previous errors.", errc::transaction_aborted},
      {"NOPERM this user has no permissions", errc::not_permitted},
      {"READONLY You can't write against a read only replica.", errc::read_only},
      {"ERR unknown command 'FOO'", errc::unknown_command},
      {"ERR syntax error", errc::unknown_command},
      {"ERR no such key", errc::no_such_key},
      {"ERR The user executing the script can't run this command or subcommand",
       errc::not_permitted},
      {"ERR ACL failure in script: User w has no permissions to run the 'hset' command",
       errc::not_permitted},
      {"ERR value is not an integer or out of range", errc::server_error},
      {"OOMPH is a word of its own", errc::server_error},
      {"OOM", errc::out_of_memory},
      {"", errc::server_error},
  }));
  INFO(text);
  CHECK(classify_server_error(text) == code);
}

TEST_CASE("an error says in one line all that is known") {
  const error why(errc::out_of_memory, diagnostics("free memory")
                                           .command("XADD")
                                           .stream("orders")
                                           .group("billing")
                                           .id("1-0")
                                           .server_text("OOM no"));
  CHECK(std::string(why.what()) ==
        "XADD on 'orders' group 'billing' id '1-0': free memory (server: OOM no)");
  CHECK(why.which() == errc::out_of_memory);
  const auto copy = why;
  CHECK(&copy.why() == &why.why());
}

TEST_CASE("an error of another category keeps its code") {
  const error foreign(make_error_code(boost::asio::error::no_descriptors),
                      diagnostics("no sockets"));
  CHECK(foreign.code() == boost::asio::error::no_descriptors);
  CHECK(foreign.which() == errc::server_error);
  CHECK(std::string(foreign.what()) == "no sockets");
}

TEST_CASE("an error without words has those of its code") {
  CHECK(std::string(error(errc::closed).what()) == "closed");
  CHECK(error(errc::connection_lost).code() == error::connection_lost);
  CHECK(error().code() == boost::system::error_code());
}

TEST_CASE("a result throws its error") {
  const sluice::result<int> bad{error(errc::timeout, "late")};
  REQUIRE_FALSE(bad);
  try {
    static_cast<void>(bad.value());
    FAIL("no throw");
  } catch (const error& why) {
    CHECK(why.code() == errc::timeout);
    CHECK(std::string(why.what()) == "late");
  }
}

TEST_CASE("every event has a line for the log") {
  using namespace sluice::events;
  const auto line = [](const sluice::event& what) { return sluice::to_string(what); };
  CHECK(line(connected{.address = "redis://h:1", .server = "redis", .server_version = "7.0.15"}) ==
        "connected to redis://h:1 (redis 7.0.15)");
  CHECK(line(connected{.address = "a", .server = "b", .server_version = "c", .reconnects = 2}) ==
        "connected to a (b c), reconnect 2");
  CHECK(line(disconnected{.address = "a", .reason = {}, .text = "gone"}) ==
        "disconnected from a: gone");
  CHECK(line(retrying{.address = "a",
                      .reason = {},
                      .text = "refused",
                      .pause = std::chrono::milliseconds(20),
                      .attempt = 1}) == "no connection to a: refused; next attempt in 20 ms");
  CHECK(line(slow_command{.command = "KEYS", .elapsed = std::chrono::microseconds(7)}) ==
        "slow command KEYS: 7 us");
  CHECK(line(doorbell_unavailable{.reason = "refused"}) == "no proven doorbell: refused");
  CHECK(line(group_recreated{.stream = "s", .group = "g", .start = "0-0"}).find("'s'") !=
        std::string::npos);
  CHECK(line(read_failed{.stream = "s", .group = "g", .reason = {}, .text = "why", .pause = {}})
            .find("why") != std::string::npos);
  CHECK(line(acknowledgement_failed{
                 .stream = "s", .group = "g", .entries = 3, .reason = {}, .text = "why"})
            .find("3 acknowledgements") != std::string::npos);
  CHECK(line(payload_lost{.stream = "s", .group = "g", .id = "1-1"}).find("1-1") !=
        std::string::npos);
}

}  // namespace
