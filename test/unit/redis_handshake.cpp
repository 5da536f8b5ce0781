// The first exchange on a link: what is said, and what every kind of peer answers.

#include "support/catch.hpp"

#include "redis/handshake.hpp"

#include <sluice/resp/value.hpp>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace std::string_view_literals;
using sluice::connection_options;
using sluice::doorbell_state;
using sluice::errc;
using sluice::feature;
using sluice::handshake;
using progress = handshake::progress;

constexpr auto hello =
    "%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n$5\r\nproto\r\n:3\r\n"
    "$2\r\nid\r\n:12\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n"
    "$7\r\nmodules\r\n*0\r\n"sv;
constexpr auto ok = "+OK\r\n"sv;
constexpr auto nothing_known = "*8\r\n_\r\n_\r\n_\r\n_\r\n_\r\n_\r\n_\r\n_\r\n"sv;
constexpr auto pong = "$8\r\nsluice-7\r\n"sv;
constexpr auto ring = ">2\r\n$10\r\ninvalidate\r\n*1\r\n$14\r\nsluice:probe:7\r\n"sv;

std::string hello_with(std::string_view name, std::string_view value) {
  std::string text(hello);
  const auto key = text.find(name);
  const auto start = text.find("\r\n", key) + 2;
  auto end = text.find("\r\n", start);
  if (text[start] == '$') end = text.find("\r\n", end + 2);
  return text.replace(start, end - start, value);
}

/// Feeds replies and pushes; the progress after the last reply.
progress feed(handshake& machine, std::initializer_list<std::string_view> replies) {
  auto last = progress::more;
  for (const auto each : replies) {
    if (each.starts_with('>')) {
      machine.on_push(sluice::resp::parse_complete(each));
    } else {
      REQUIRE(last == progress::more);
      last = machine.on_reply(sluice::resp::parse_complete(each));
    }
  }
  return last;
}

/// The words of the commands, one command a string.
std::vector<std::string> commands(std::string_view bytes) {
  std::vector<std::string> found;
  while (!bytes.empty()) {
    const sluice::resp::value each(bytes);
    found.emplace_back();
    for (const auto& word : each) {
      if (!found.back().empty()) found.back() += ' ';
      found.back() += word.text();
    }
    bytes.remove_prefix(each.raw().size());
  }
  return found;
}

TEST_CASE("a plain handshake asks for RESP3, tracking, commands and the probe's push") {
  handshake machine;
  const auto said = commands(machine.begin(connection_options(), 7));
  REQUIRE(said.size() == 8);
  CHECK(said[0] == "HELLO 3");
  CHECK(said[1] == "CLIENT SETINFO LIB-NAME sluice");
  CHECK(said[2].starts_with("CLIENT SETINFO LIB-VER "));
  CHECK(said[3] == "CLIENT TRACKING ON");
  CHECK(said[4] == "COMMAND INFO XACKDEL XDELEX XNACK XCFGSET WAITAOF DELEX HSETEX INCREX");
  CHECK(said[5] == "XLEN sluice:probe:7");
  CHECK(said[6] == "SET sluice:probe:7 1 PX 100");
  CHECK(said[7] == "PING sluice-7");

  CHECK(feed(machine, {hello, ok, ok, ok, nothing_known, ":0\r\n", ok, ring, pong}) ==
        progress::done);
  const auto& server = machine.server();
  CHECK(server.server() == "redis");
  CHECK(server.version() == sluice::server_version{7, 0, 15});
  CHECK(server.mode() == "standalone");
  CHECK(server.client_id() == 12);
  CHECK(server.doorbell() == doorbell_state::proven);
  CHECK(server.doorbell_reason().empty());
  CHECK_FALSE(server.has(feature::xackdel));
}

TEST_CASE("credentials, name and database are part of the handshake") {
  connection_options options;
  options.credentials("billing", "secret").name("billing-1").database(3).probe_doorbell(false);
  handshake machine;
  const auto said = commands(machine.begin(options, 7));
  CHECK(said[0] == "HELLO 3 AUTH billing secret SETNAME billing-1");
  CHECK(said[3] == "SELECT 3");
  CHECK(said.back() == "PING sluice-7");
  CHECK(feed(machine, {hello, ok, ok, ok, ok, nothing_known, pong}) == progress::done);
}

TEST_CASE("a password without a user is the default user's, a user needs no password") {
  handshake machine;
  connection_options options;
  options.credentials("", "secret");
  CHECK(commands(machine.begin(options, 7))[0] == "HELLO 3 AUTH default secret");
  options.credentials("open", "");
  CHECK(commands(machine.begin(options, 7))[0] == "HELLO 3 AUTH open ");
}

TEST_CASE("commands that the server knows are found out") {
  handshake machine;
  machine.begin(connection_options().probe_doorbell(false), 7);
  const auto known =
      "*8\r\n*1\r\n$7\r\nxackdel\r\n_\r\n_\r\n_\r\n*1\r\n$7\r\nwaitaof\r\n*0\r\n_\r\n*-1\r\n"sv;
  CHECK(feed(machine, {hello, ok, ok, ok, known, pong}) == progress::done);
  CHECK(machine.server().has(feature::xackdel));
  CHECK(machine.server().has(feature::waitaof));
  CHECK_FALSE(machine.server().has(feature::delex));
  CHECK(machine.server().to_string().find("XACKDEL yes") != std::string::npos);
}

TEST_CASE("a user who may not ask for commands gets the oldest ways") {
  handshake machine;
  machine.begin(connection_options().probe_doorbell(false), 7);
  CHECK(feed(machine, {hello, ok, ok, ok, "-NOPERM no\r\n", pong}) == progress::done);
  CHECK_FALSE(machine.server().has(feature::xackdel));
}

TEST_CASE("an old server's refusal of CLIENT SETINFO does not matter") {
  handshake machine;
  machine.begin(connection_options().probe_doorbell(false), 7);
  const auto unknown = "-ERR unknown subcommand 'SETINFO'. Try CLIENT HELP.\r\n"sv;
  CHECK(feed(machine, {hello, unknown, unknown, ok, nothing_known, pong}) == progress::done);
}

struct refusal {
  std::string_view reply;
  errc code;
};

TEST_CASE("every refusal of HELLO is told as what it is") {
  const auto [reply, code] =
      GENERATE(refusal{"-WRONGPASS invalid username-password pair or user is disabled.\r\n",
                       errc::wrong_password},
               refusal{"-NOAUTH HELLO must be called with the client already authenticated\r\n",
                       errc::auth_required},
               refusal{"-NOPERM this user has no permissions to run the 'hello' command\r\n",
                       errc::not_permitted},
               refusal{"-ERR unknown command 'HELLO', with args beginning with: '3' \r\n",
                       errc::server_too_old},
               refusal{"-NOPROTO unsupported protocol version\r\n", errc::server_too_old},
               refusal{"-LOADING Redis is loading the dataset in memory\r\n", errc::loading},
               refusal{"-ERR max number of clients reached\r\n", errc::server_error},
               refusal{"+OK\r\n", errc::not_redis}, refusal{"%1\r\n+a\r\n+b\r\n", errc::not_redis});
  handshake machine;
  connection_options options;
  options.credentials("user", "hush-hush");
  machine.begin(options, 7);
  CHECK(feed(machine, {reply}) == progress::failed);
  CHECK(machine.failure().code() == code);
  CHECK(std::string_view(machine.failure().what()).find("hush-hush") == std::string_view::npos);
  if (reply[0] == '-') CHECK_FALSE(machine.failure().why().server_text().empty());
}

TEST_CASE("a server that stays with RESP2 is too old") {
  handshake machine;
  machine.begin(connection_options(), 7);
  CHECK(feed(machine, {hello_with("proto", ":2")}) == progress::failed);
  CHECK(machine.failure().code() == errc::server_too_old);
}

TEST_CASE("a replica is refused by its role or by its first write") {
  handshake machine;
  machine.begin(connection_options(), 7);
  SECTION("by its role") {
    const auto* const role = GENERATE("$7\r\nreplica", "$5\r\nslave");
    CHECK(feed(machine, {hello_with("role", role)}) == progress::failed);
  }
  SECTION("by its first write") {
    const auto read_only = "-READONLY You can't write against a read only replica.\r\n"sv;
    CHECK(feed(machine, {hello, ok, ok, ok, nothing_known, ":0\r\n", read_only}) ==
          progress::failed);
  }
  CHECK(machine.failure().code() == errc::read_only);
}

TEST_CASE("a server that loads its data is tried again, wherever it says so") {
  handshake machine;
  machine.begin(connection_options(), 7);
  const auto loading = "-LOADING Redis is loading the dataset in memory\r\n"sv;
  CHECK(feed(machine, {hello, ok, ok, ok, nothing_known, loading}) == progress::failed);
  CHECK(machine.failure().code() == errc::loading);
  CHECK(machine.failure().code() == sluice::condition::retryable);
}

TEST_CASE("a database that does not exist is the caller's mistake") {
  handshake machine;
  machine.begin(connection_options().database(99), 7);
  CHECK(feed(machine, {hello, ok, ok, "-ERR DB index is out of range\r\n"}) == progress::failed);
  CHECK(machine.failure().code() == errc::invalid_argument);
}

TEST_CASE("without tracking there is no doorbell, and the reason is told") {
  handshake machine;
  machine.begin(connection_options(), 7);
  CHECK(feed(machine, {hello, ok, ok, "-NOPERM no rights\r\n", nothing_known, ":0\r\n", ok,
                       pong}) == progress::done);
  CHECK(machine.server().doorbell() == doorbell_state::absent);
  CHECK(machine.server().doorbell_reason().find("no rights") != std::string::npos);
}

TEST_CASE("tracking is not used where it is unsound") {
  const auto* const version =
      GENERATE("$6\r\n7.0.8 ", "$6\r\n6.2.15", "$5\r\n6.0.9", "$5\r\n5.0.7");
  handshake machine;
  machine.begin(connection_options(), 7);
  const auto old = hello_with("version", version);
  CHECK(feed(machine, {old, ok, ok, ok, nothing_known, ":0\r\n", ok, ring, pong}) ==
        progress::done);
  CHECK(machine.server().doorbell() == doorbell_state::absent);
}

TEST_CASE("a push that does not come leaves no doorbell") {
  handshake machine;
  machine.begin(connection_options(), 7);
  const auto other = ">2\r\n$10\r\ninvalidate\r\n*1\r\n$5\r\nother\r\n"sv;
  CHECK(feed(machine, {hello, ok, ok, ok, nothing_known, ":0\r\n", ok, other, pong}) ==
        progress::done);
  CHECK(machine.server().doorbell() == doorbell_state::absent);
}

TEST_CASE("a probe that may not write leaves the doorbell unproven") {
  const auto* const refused = GENERATE("-NOPERM no key\r\n", "-OOM no memory\r\n",
                                       "-MISCONF no disk\r\n", "-MOVED 1 a:1\r\n");
  handshake machine;
  machine.begin(connection_options(), 7);
  CHECK(feed(machine, {hello, ok, ok, ok, nothing_known, ":0\r\n", refused, pong}) ==
        progress::done);
  CHECK(machine.server().doorbell() == doorbell_state::unproven);
}

TEST_CASE("an unasked probe leaves the doorbell unproven") {
  handshake machine;
  machine.begin(connection_options().probe_doorbell(false), 7);
  CHECK(feed(machine, {hello, ok, ok, ok, nothing_known, pong}) == progress::done);
  CHECK(machine.server().doorbell() == doorbell_state::unproven);
}

TEST_CASE("a PING answered with other bytes means that the replies have slipped") {
  handshake machine;
  machine.begin(connection_options().probe_doorbell(false), 7);
  CHECK(feed(machine, {hello, ok, ok, ok, nothing_known, "+PONG\r\n"}) == progress::failed);
  CHECK(machine.failure().code() == errc::protocol_error);
}

TEST_CASE("a server in trouble is a server") {
  handshake machine;
  machine.begin(connection_options().probe_doorbell(false), 7);
  CHECK(feed(machine, {hello, ok, ok, ok, nothing_known, "-MISCONF no disk\r\n"}) ==
        progress::done);
}

TEST_CASE("a second handshake knows nothing of the first") {
  handshake machine;
  machine.begin(connection_options(), 7);
  feed(machine, {hello, ok, ok, ok, nothing_known, ":0\r\n", ok, ring, pong});
  machine.begin(connection_options(), 7);
  CHECK(machine.server().server().empty());
  CHECK(feed(machine, {hello, ok, ok, ok, nothing_known, ":0\r\n", ok, pong}) == progress::done);
  CHECK(machine.server().doorbell() == doorbell_state::absent);
}

}  // namespace
