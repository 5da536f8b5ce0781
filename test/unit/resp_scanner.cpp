// Framing: where a reply ends, however its bytes arrive.
#include "resp/scanner.hpp"

#include "support/catch.hpp"

#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

using sluice::resp::fault_kind;
using sluice::resp::kind;
using sluice::resp::limits;
using sluice::resp::scanner;
using status = scanner::status;
using namespace std::literals;

static_assert(std::is_trivially_destructible_v<limits>);
static_assert(std::is_trivially_destructible_v<scanner>);

namespace {

// The kind of the only reply in `bytes`; null also when that is no whole reply.
kind kind_of(std::string_view bytes) {
  scanner scan;
  CHECK(scan.scan(bytes) == status::complete);
  CHECK(scan.size() == bytes.size());
  return scan.type();
}

}  // namespace

TEST_CASE("a scanner names every type of RESP3 and the nil forms of RESP2") {
  CHECK(kind_of("+OK\r\n") == kind::simple_string);
  CHECK(kind_of("-ERR no\r\n") == kind::simple_error);
  CHECK(kind_of(":42\r\n") == kind::integer);
  CHECK(kind_of("$2\r\nhi\r\n") == kind::bulk_string);
  CHECK(kind_of("*1\r\n:1\r\n") == kind::array);
  CHECK(kind_of("_\r\n") == kind::null);
  CHECK(kind_of("$-1\r\n") == kind::null);
  CHECK(kind_of("*-1\r\n") == kind::null);
  CHECK(kind_of("#t\r\n") == kind::boolean);
  CHECK(kind_of(",3.5\r\n") == kind::floating);
  CHECK(kind_of("(123456789012345678901234567890\r\n") == kind::big_number);
  CHECK(kind_of("!3\r\nERR\r\n") == kind::bulk_error);
  CHECK(kind_of("=6\r\ntxt:hi\r\n") == kind::verbatim_string);
  CHECK(kind_of("%1\r\n+k\r\n+v\r\n") == kind::map);
  CHECK(kind_of("~1\r\n:1\r\n") == kind::set);
  CHECK(kind_of(">1\r\n+x\r\n") == kind::push);
}

TEST_CASE("empty strings and aggregates are complete replies") {
  CHECK(kind_of("+\r\n") == kind::simple_string);
  CHECK(kind_of("$0\r\n\r\n") == kind::bulk_string);
  CHECK(kind_of("!0\r\n\r\n") == kind::bulk_error);
  CHECK(kind_of("*0\r\n") == kind::array);
  CHECK(kind_of("%0\r\n") == kind::map);
  CHECK(kind_of("~0\r\n") == kind::set);
  CHECK(kind_of(">0\r\n") == kind::push);
}

TEST_CASE("a scanner finds the end of a reply that more bytes follow") {
  scanner scan;
  CHECK(scan.scan("*2\r\n$5\r\nhello\r\n:42\r\n+next\r\n") == status::complete);
  CHECK(scan.size() == 20);
  CHECK(scan.type() == kind::array);
}

TEST_CASE("an attribute belongs to the reply behind it and is none itself") {
  CHECK(kind_of("|1\r\n+ttl\r\n:9\r\n$2\r\nhi\r\n") == kind::bulk_string);
  CHECK(kind_of("|0\r\n:1\r\n") == kind::integer);
  CHECK(kind_of("|1\r\n+a\r\n*1\r\n:1\r\n>1\r\n+x\r\n") == kind::push);
  scanner scan;
  CHECK(scan.scan("|1\r\n+ttl\r\n:9\r\n") == status::incomplete);
  CHECK(scan.scan("|1\r\n+ttl\r\n:9\r\n#t\r\n") == status::complete);
  CHECK(scan.type() == kind::boolean);
}

TEST_CASE("a thousand attributes in a row are walked, not nested") {
  std::string bytes;
  for (int i = 0; i < 1000; ++i) bytes += "|1\r\n+a\r\n:1\r\n";
  CHECK(kind_of(bytes + "_\r\n") == kind::null);
}

TEST_CASE("an attribute at the end of an aggregate belongs to the next reply") {
  scanner scan;
  CHECK(scan.scan("*1\r\n:1\r\n|1\r\n+a\r\n+b\r\n+OK\r\n") == status::complete);
  CHECK(scan.size() == 8);
}

TEST_CASE("line ends and nul bytes inside a bulk string are payload") {
  CHECK(kind_of("$7\r\na\r\nb\0c\n\r\n"sv) == kind::bulk_string);
  CHECK(kind_of("+a\0b\r\n"sv) == kind::simple_string);
}

TEST_CASE("integers take a sign and leading zeros up to the ends of 64 bits") {
  for (const auto text : {"0", "-0", "+1", "-1", "007", "000000000000000000000000001",
                          "999999999999999999", "9223372036854775807", "-9223372036854775808"}) {
    CHECK(kind_of(':' + std::string(text) + "\r\n") == kind::integer);
  }
}

TEST_CASE("doubles take every form that servers print") {
  for (const auto text :
       {"0", "-1.5", "+2", "1e400", "1E+5", "3.0e-7", "inf", "-inf", "+inf", "nan", "-nan"}) {
    CHECK(kind_of(',' + std::string(text) + "\r\n") == kind::floating);
  }
}

TEST_CASE("a big number may have ten thousand digits") {
  CHECK(kind_of("(-" + std::string(10'000, '7') + "\r\n") == kind::big_number);
}

TEST_CASE("an answer stays until the scanner is reset") {
  scanner scan;
  CHECK(scan.scan(":1\r\n") == status::complete);
  CHECK(scan.scan(":1\r\n?\r\n") == status::complete);
  scan.reset();
  CHECK(scan.scan("?\r\n") == status::malformed);
  CHECK(scan.scan(":1\r\n") == status::malformed);
  scan.reset();
  CHECK(scan.error().kind == fault_kind::none);
  CHECK(scan.scan(":1\r\n") == status::complete);
}

TEST_CASE("a reset in the middle of a reply forgets all of it") {
  scanner scan;
  CHECK(scan.scan("*2\r\n*2\r\n$100\r\nabc") == status::incomplete);
  scan.reset();
  CHECK(scan.scan("+OK\r\n") == status::complete);
  CHECK(scan.size() == 5);
}

TEST_CASE("a scanner without bytes waits for one") {
  scanner scan;
  CHECK(scan.scan({}) == status::incomplete);
  CHECK(scan.expected() == 1);
}

TEST_CASE("a scanner in the middle of a bulk string expects it to its end") {
  scanner scan;
  CHECK(scan.scan("*2\r\n$1000\r\nabc") == status::incomplete);
  CHECK(scan.expected() == 4 + 7 + 1000 + 2);
}

TEST_CASE("a declared count is not expected to have been paid for") {
  scanner scan;
  CHECK(scan.scan("*1000000\r\n") == status::incomplete);
  CHECK(scan.expected() == 11);
}

TEST_CASE("what is expected never passes the bound on a reply") {
  limits bounds;
  bounds.max_reply = 8;
  scanner scan(bounds);
  CHECK(scan.scan("+1234567") == status::incomplete);
  CHECK(scan.expected() == 8);
}

TEST_CASE("limits above what a scanner can count are taken as the highest it can") {
  constexpr auto most = std::numeric_limits<std::size_t>::max();
  limits bounds;
  bounds.max_line = bounds.max_bulk = bounds.max_elements = bounds.max_depth = most;
  bounds.max_reply = bounds.max_push_elements = most;
  scanner scan(bounds);
  CHECK(scan.scan("$536870913\r\n") == status::malformed);
  CHECK(scan.error().limit == 536'870'912);
  scan.reset();
  CHECK(scan.scan("%2147483648\r\n") == status::malformed);
  CHECK(scan.error().limit == 2'147'483'647);
  scan.reset();
  CHECK(scan.scan("%2147483647\r\n:1\r\n") == status::incomplete);
  scan.reset();
  std::string nested;
  for (int depth = 0; depth < 33; ++depth) nested += "*1\r\n";
  CHECK(scan.scan(nested) == status::malformed);
  CHECK(scan.error().kind == fault_kind::too_deep);
  scan.reset();
  CHECK(scan.scan(":1\r\n") == status::complete);
}
