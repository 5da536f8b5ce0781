// Commands that would break the shared connection for everybody.

#include "support/catch.hpp"

#include "redis/guard.hpp"

#include <sluice/core/error.hpp>

#include <sstream>
#include <string>
#include <string_view>

namespace {

using sluice::command;

command said(const std::string& words) {
  std::istringstream in(words);
  std::string word;
  in >> word;
  command what(word);
  while (in >> word) what.arg(word);
  return what;
}

TEST_CASE("a harmful command is refused with its name, a reason and what to use instead") {
  const auto* const words =
      GENERATE("BLPOP k 0", "brpop k 0", "BLMOVE a b LEFT LEFT 0", "BRPOPLPUSH a b 0",
               "BLMPOP 0 1 k LEFT", "BZPOPMIN k 0", "BZPOPMAX k 0", "BZMPOP 0 1 k MIN", "WAIT 1 0",
               "WAITAOF 1 0 0", "XREAD BLOCK 0 STREAMS s 0", "xread count 1 block 5 streams s 0",
               "XREADGROUP GROUP g c BLOCK 1 STREAMS s >", "MULTI", "EXEC", "DISCARD", "WATCH k",
               "UNWATCH", "SELECT 1", "AUTH secret", "HELLO 2", "RESET", "QUIT", "SUBSCRIBE c",
               "PSUBSCRIBE c", "SSUBSCRIBE c", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE",
               "MONITOR", "SYNC", "PSYNC ? -1", "REPLCONF ACK 0", "SHUTDOWN", "DEBUG SLEEP 1",
               "CLIENT REPLY OFF", "client tracking off", "CLIENT CACHING yes", "CLIENT SETNAME a",
               "CLIENT PAUSE 100", "READONLY", "READWRITE", "ASKING");
  INFO(words);
  try {
    refuse_if_harmful(said(words));
    FAIL("accepted");
  } catch (const sluice::error& why) {
    CHECK(why.code() == sluice::errc::command_refused);
    CHECK(why.code() == sluice::condition::fatal);
    CHECK(why.why().command() == said(words).name());
    CHECK(why.why().message().find(": ") != std::string::npos);
    CHECK(std::string_view(why.what()).find("secret") == std::string_view::npos);
  }
}

TEST_CASE("a harmless command passes") {
  const auto* const words =
      GENERATE("GET k", "LPOP k", "XREAD STREAMS s 0", "XREAD COUNT 5 STREAMS block 0",
               "XREADGROUP GROUP g c COUNT 1 STREAMS BLOCK >", "CLIENT LIST", "CLIENT ID", "CLIENT",
               "CLIENT KILL ID 3", "PUBLISH c m", "PING", "SWAPDB 0 1", "FAILOVER", "CONFIG GET *",
               "EVAL return 0", "FLUSHALL", "OBJECT ENCODING k", "SET multi exec", "MULTIX");
  INFO(words);
  CHECK_NOTHROW(refuse_if_harmful(said(words)));
}

TEST_CASE("a command above the protocol's bounds is refused before a byte of it is sent") {
  command many("DEL");
  for (int i = 0; i < 1'048'577; ++i) many.arg("k");
  try {
    refuse_if_harmful(many);
    FAIL("accepted");
  } catch (const sluice::error& why) {
    CHECK(why.code() == sluice::errc::invalid_argument);
  }
}

}  // namespace
