// Reading replies as types, and commands as bytes.

#include "support/catch.hpp"

#include <sluice/redis/capabilities.hpp>
#include <sluice/redis/command.hpp>
#include <sluice/redis/reply.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace std::string_literals;
using sluice::command;
using sluice::reply;

reply of(std::string_view bytes) {
  return reply(sluice::resp::parse_complete(bytes), sluice::buffer_ref());
}

template <class T>
std::string refusal(std::string_view bytes) {
  try {
    static_cast<void>(of(bytes).as<T>());
  } catch (const sluice::error& why) {
    CHECK(why.code() == sluice::errc::unexpected_reply);
    return why.what();
  }
  FAIL("accepted");
  return {};
}

TEST_CASE("a reply is read as what it is") {
  CHECK(of("+OK\r\n").as<std::string>() == "OK");
  CHECK(of("$3\r\na\r\n\r\n").as<std::string_view>() == "a\r\n");
  CHECK(of("=7\r\ntxt:abc\r\n").as<std::string>() == "abc");
  CHECK(of(":42\r\n").as<std::string>() == "42");
  CHECK(of(":-7\r\n").as<std::int64_t>() == -7);
  CHECK(of("$2\r\n12\r\n").as<std::int64_t>() == 12);
  CHECK(of(",1.5\r\n").as<double>() == 1.5);
  CHECK(std::isinf(of(",inf\r\n").as<double>()));
  CHECK(of("$3\r\n2.5\r\n").as<double>() == 2.5);
  CHECK(of("#t\r\n").as<bool>());
  CHECK_FALSE(of(":0\r\n").as<bool>());
  CHECK(of("*2\r\n$1\r\na\r\n$1\r\nb\r\n").as<std::vector<std::string>>() ==
        std::vector{"a"s, "b"s});
  CHECK(of("~1\r\n:5\r\n").as<std::vector<std::int64_t>>() == std::vector<std::int64_t>{5});
}

TEST_CASE("a number is read as any integer type that it fits into") {
  CHECK(of(":42\r\n").as<int>() == 42);
  CHECK(of("$3\r\n255\r\n").as<std::uint8_t>() == 255);
  CHECK(of(":-7\r\n").as<long long>() == -7);
  CHECK(refusal<std::uint8_t>(":256\r\n") == "expected a number that fits, got integer");
  CHECK(refusal<unsigned>(":-1\r\n") == "expected a number that fits, got integer");
}

TEST_CASE("nil is empty for an optional and nothing else") {
  CHECK(of("_\r\n").is_null());
  CHECK_FALSE(of("_\r\n").as<std::optional<std::string>>());
  CHECK(of("$1\r\na\r\n").as<std::optional<std::string>>() == "a");
  CHECK(of("*2\r\n_\r\n:1\r\n").as<std::vector<std::optional<std::int64_t>>>() ==
        std::vector<std::optional<std::int64_t>>{std::nullopt, 1});
  CHECK(refusal<std::string>("_\r\n") == "expected a string, got null");
}

TEST_CASE("a map is read from either protocol's form") {
  const std::map<std::string, std::int64_t> expected{{"a", 1}, {"b", 2}};
  using counts = std::map<std::string, std::int64_t>;
  CHECK(of("%2\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n:2\r\n").as<counts>() == expected);
  CHECK(of("*4\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n:2\r\n").as<counts>() == expected);
  CHECK(refusal<counts>("*1\r\n$1\r\na\r\n") == "expected a map, got array of 1 elements");
}

TEST_CASE("a refusal says what came and shows nothing of it") {
  CHECK(refusal<std::int64_t>("$12\r\nhush-hush-12\r\n") ==
        "expected an integer, got bulk string of 12 bytes");
  CHECK(refusal<std::vector<std::string>>("+OK\r\n") ==
        "expected a list, got simple string of 2 bytes");
  CHECK(refusal<std::string>("*2\r\n:1\r\n:2\r\n") == "expected a string, got array of 2 elements");
  CHECK(refusal<bool>(":2\r\n") == "expected a boolean, got integer");
  CHECK(refusal<double>("#t\r\n") == "expected a number, got boolean");
  CHECK(refusal<std::int64_t>("(123456789012345678901\r\n") ==
        "expected an integer, got big number");
}

TEST_CASE("a reply is printed by its kind and size") {
  CHECK(to_string(of("$9\r\nhush-hush\r\n")) == "bulk string of 9 bytes");
  CHECK(to_string(of("*1\r\n:1\r\n")) == "array of 1 elements");
  CHECK(to_string(reply()) == "null");
}

TEST_CASE("an error inside an aggregate is refused with the server's text apart") {
  try {
    static_cast<void>(of("*1\r\n-ERR inner\r\n").as<std::vector<std::string>>());
    FAIL("accepted");
  } catch (const sluice::error& why) {
    CHECK(why.why().server_text() == "ERR inner");
  }
}

TEST_CASE("arguments are bytes of any kind") {
  command what("set");
  what.arg("a\r\nb"s).arg(""s).arg("\0"s);
  CHECK(what.frame() == "*4\r\n$3\r\nSET\r\n$4\r\na\r\nb\r\n$0\r\n\r\n$1\r\n\0\r\n"s);
  CHECK(what.name() == "SET");
  CHECK(what.size() == 4);
}

TEST_CASE("numbers are written in decimal") {
  command what("X");
  what.arg(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::uint64_t>::max(), 0);
  CHECK(what.encoded() ==
        "$1\r\nX\r\n$20\r\n-9223372036854775808\r\n$20\r\n18446744073709551615\r\n$1\r\n0\r\n");
}

TEST_CASE("versions are read as far as they are numbers") {
  using sluice::server_version;
  CHECK(server_version::parse("7.0.15") == server_version{7, 0, 15});
  CHECK(server_version::parse("7.2-rc1") == server_version{7, 2, 0});
  CHECK(server_version::parse("8") == server_version{8, 0, 0});
  CHECK(server_version::parse("") == server_version{});
  CHECK(server_version::parse("unknown") == server_version{});
  CHECK(server_version::parse("255.255.255") > server_version::parse("8.0.0"));
  CHECK(server_version{6, 2, 16} < server_version{7, 0, 9});
}

}  // namespace
