// Bytes that must be refused, and how the refusal reads.
#include "resp/scanner.hpp"

#include "support/catch.hpp"

#include <array>
#include <string>
#include <string_view>

using sluice::resp::fault;
using sluice::resp::fault_kind;
using sluice::resp::limits;
using sluice::resp::scanner;
using status = scanner::status;
using namespace std::literals;

namespace {

fault fault_of(std::string_view bytes, const limits& bounds = limits()) {
  scanner scan(bounds);
  CAPTURE(bytes.substr(0, 80));
  CHECK(scan.scan(bytes) == status::malformed);
  return scan.error();
}

fault_kind kind_of_fault(std::string_view bytes) { return fault_of(bytes).kind; }

std::string nested(std::string_view header, std::size_t depth) {
  std::string bytes;
  for (std::size_t level = 0; level < depth; ++level) bytes += header;
  return bytes;
}

constexpr std::string_view counted_types = "$=!*~>%|";

}  // namespace

TEST_CASE("a length that is no plain decimal number is refused for every type") {
  for (const char type : counted_types) {
    for (const auto text : {"-2", "+5", "05", " 5", "5 ", "", "a", "1e3", "0x5", "-0", "--1", "00",
                            "-01", "5a", "99999999999999999999"}) {
      CHECK(kind_of_fault(type + std::string(text) + "\r\n") == fault_kind::bad_length);
    }
  }
}

TEST_CASE("only a bulk string and an array may be nil by their length") {
  for (const char type : "=!~>%|"sv) {
    CHECK(kind_of_fault(type + "-1\r\n"s) == fault_kind::bad_length);
  }
}

TEST_CASE("a length of forty digits is refused before its end") {
  for (const char type : counted_types) {
    CHECK(kind_of_fault(type + std::string(40, '9')) == fault_kind::bad_length);
  }
}

TEST_CASE("lengths around the ends of the integer types pass the bound and wrap nowhere") {
  for (const auto text :
       {"16777217", "2147483647", "2147483648", "4294967295", "4294967296", "4611686018427387904",
        "9223372036854775807", "9223372036854775808", "18446744073709551615"}) {
    for (const char type : "$=!"sv) {
      CHECK(kind_of_fault(type + std::string(text) + "\r\n") == fault_kind::bulk_too_long);
    }
    for (const char type : "*~>%|"sv) {
      CHECK(kind_of_fault(type + std::string(text) + "\r\n") == fault_kind::too_many_elements);
    }
  }
}

TEST_CASE("streamed types are refused wherever they stand") {
  for (const char type : counted_types) {
    CHECK(kind_of_fault(type + "?\r\n"s) == fault_kind::streamed_type);
  }
  CHECK(kind_of_fault(";4\r\nabcd\r\n") == fault_kind::streamed_type);
  CHECK(kind_of_fault(".\r\n") == fault_kind::streamed_type);
  CHECK(kind_of_fault("*1\r\n.\r\n") == fault_kind::streamed_type);
  CHECK(kind_of_fault(nested("*1\r\n", 5) + "$?\r\n;0\r\n") == fault_kind::streamed_type);
  CHECK(kind_of_fault(nested("*1\r\n", 16) + "$?\r\n") == fault_kind::streamed_type);
}

TEST_CASE("numbers outside their grammar or range are refused") {
  for (const auto text : {"", "-", "+", "+-1", "1.0", "a", " 1", "1 ", "9223372036854775808",
                          "-9223372036854775809", "99999999999999999999999"}) {
    CHECK(kind_of_fault(':' + std::string(text) + "\r\n") == fault_kind::bad_number);
  }
  for (const auto text : {"", "-", ".", "1,5", "e5", "1e", "1e+", "--1", "infinity", "INF", "nan1",
                          "0x1p3", "1.2.3", " 1", "+-1"}) {
    CHECK(kind_of_fault(',' + std::string(text) + "\r\n") == fault_kind::bad_double);
  }
  for (const auto text : {"", "-", "+", "12a", "1.5", "+-1"}) {
    CHECK(kind_of_fault('(' + std::string(text) + "\r\n") == fault_kind::bad_big_number);
  }
}

TEST_CASE("booleans and nulls have one spelling") {
  for (const auto text : {"", "x", "tt", "T", "1"}) {
    CHECK(kind_of_fault('#' + std::string(text) + "\r\n") == fault_kind::bad_boolean);
  }
  CHECK(kind_of_fault("_x\r\n") == fault_kind::bad_null);
}

TEST_CASE("a line ends with CR LF and contains neither") {
  for (const auto bytes : {"+OK\n", "+OK\r\r\n", "+O\rK\r\n", "+\n", ":1\n", ":1\r\r\n", "$5\n",
                           "*1\r:1\r\n", "_\n", "#t\rx"}) {
    CHECK(kind_of_fault(bytes) == fault_kind::bad_terminator);
  }
}

TEST_CASE("a bulk string ends with CR LF where its length says") {
  CHECK(fault_of("$4\r\nhello\r\n").offset == 8);
  CHECK(fault_of("$6\r\nhello\r\n+OK\r\n").offset == 10);
  CHECK(fault_of("$5\r\nhello\n\n").offset == 9);
  CHECK(fault_of("$5\r\nhello\r\r").offset == 10);
  CHECK(kind_of_fault("$0\r\n+OK\r\n") == fault_kind::bad_terminator);
}

TEST_CASE("a verbatim string needs its format and the colon") {
  for (const auto bytes : {"=0\r\n\r\n", "=3\r\ntxt\r\n", "=4\r\ntxt.\r\n", "=5\r\ntx:ab\r\n"}) {
    CHECK(kind_of_fault(bytes) == fault_kind::bad_verbatim);
  }
}

TEST_CASE("every byte that begins no type is refused as the first of a reply") {
  constexpr std::string_view types = "$*:+%-_#,(!=~>|;.";
  for (int byte = 0; byte < 256; ++byte) {
    const char first = static_cast<char>(byte);
    if (types.find(first) != types.npos) continue;
    const fault found = fault_of(std::string(1, first));
    CHECK(found.kind == fault_kind::unknown_type);
    CHECK(found.value == static_cast<std::uint64_t>(byte));
  }
}

TEST_CASE("other protocols are refused with their first byte") {
  CHECK(kind_of_fault("HTTP/1.1 400 Bad Request\r\n\r\n") == fault_kind::unknown_type);
  CHECK(kind_of_fault("\x15\x03\x03\0\x02\x02\x28"sv) == fault_kind::unknown_type);
  CHECK(kind_of_fault("hello\r\n") == fault_kind::unknown_type);
}

TEST_CASE("a push inside a reply is refused") {
  CHECK(kind_of_fault("*2\r\n:1\r\n>1\r\n+x\r\n:2\r\n") == fault_kind::misplaced_push);
  CHECK(kind_of_fault("%1\r\n+k\r\n>1\r\n+x\r\n") == fault_kind::misplaced_push);
  CHECK(kind_of_fault("|1\r\n>1\r\n+x\r\n") == fault_kind::misplaced_push);
  CHECK(kind_of_fault(">2\r\n+x\r\n>0\r\n") == fault_kind::misplaced_push);
}

TEST_CASE("each aggregate may nest to the bound and not one deeper") {
  const std::array<std::string_view, 4> headers = {"*1\r\n", "~1\r\n", "%1\r\n+k\r\n",
                                                   "|1\r\n+k\r\n"};
  for (const std::string_view header : headers) {
    scanner scan;
    CHECK(scan.scan(nested(header, 16) + ":1\r\n") != status::malformed);
    CHECK(kind_of_fault(nested(header, 17)) == fault_kind::too_deep);
  }
  CHECK(kind_of_fault(nested("*1\r\n", 16) + "*0\r\n") == fault_kind::too_deep);
  CHECK(kind_of_fault(">1\r\n" + nested("*1\r\n", 16)) == fault_kind::too_deep);
  CHECK(kind_of_fault(nested("*1\r\n", 16) + "|1\r\n") == fault_kind::too_deep);
}

TEST_CASE("a bound of zero on depth allows no aggregate") {
  limits flat;
  flat.max_depth = 0;
  CHECK(fault_of("*0\r\n", flat).kind == fault_kind::too_deep);
  scanner scan(flat);
  CHECK(scan.scan(":1\r\n") == status::complete);
}

TEST_CASE("a line may be as long as the bound and not one byte longer") {
  limits bounds;
  bounds.max_line = 10;
  for (const char type : "+-"sv) {
    scanner scan(bounds);
    CHECK(scan.scan(type + std::string(10, 'x') + "\r\n") == status::complete);
    CHECK(fault_of(type + std::string(11, 'x'), bounds).kind == fault_kind::line_too_long);
  }
  CHECK(fault_of(':' + std::string(11, '0') + "\r\n", bounds).kind == fault_kind::line_too_long);
}

TEST_CASE("a line that never ends is refused at the bound") {
  scanner scan;
  CHECK(scan.scan('+' + std::string(65'536, 'x')) == status::incomplete);
  CHECK(scan.scan('+' + std::string(65'537, 'x')) == status::malformed);
  CHECK(to_string(scan.error()) == "line length 65537 above limit 65536 at byte 0");
  CHECK(fault_of('-' + std::string(1 << 20, 'x')).kind == fault_kind::line_too_long);
}

TEST_CASE("a push and all it contains have a bound of their own") {
  CHECK(fault_of(">100001\r\n").kind == fault_kind::too_many_elements);
  CHECK(fault_of(">2\r\n+invalidate\r\n*1000000\r\n").limit == 100'000);
  scanner scan;
  CHECK(scan.scan("*1000000\r\n") == status::incomplete);
}

TEST_CASE("a reply longer than its bound is refused before its bytes are waited for") {
  limits bounds;
  bounds.max_reply = 100;
  CHECK(fault_of("$95\r\n", bounds).kind == fault_kind::reply_too_long);
  CHECK(fault_of("*2\r\n$50\r\n" + std::string(50, 'x') + "\r\n$40\r\n", bounds).value == 108);
  scanner scan(bounds);
  CHECK(scan.scan("$93\r\n" + std::string(93, 'x') + "\r\n") == status::complete);
  CHECK(scan.size() == 100);
  const std::string many = "*1000\r\n" + nested(":1\r\n", 1000);
  CHECK(fault_of(many, bounds).offset == 99);
}

TEST_CASE("a fault names what was found, the bound and the byte") {
  CHECK(to_string(fault_of("*2\r\n:1\r\nx")) == "unknown type byte, got 0x78 at byte 8");
  CHECK(to_string(fault_of("*3\r\n:1\r\n+a\r\n$17000000\r\n")) ==
        "bulk length 17000000 above limit 16777216 at byte 12");
  CHECK(to_string(fault_of("+OK\n")) == "line end expected, got 0x0a at byte 3");
  CHECK(to_string(fault_of("*1\r\n:x\r\n")) == "not a 64-bit integer at byte 4");
  CHECK(to_string(fault()) == "no fault");
}
