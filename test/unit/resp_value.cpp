// The view of a complete reply.
#include <sluice/resp/value.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

using sluice::resp::kind;
using sluice::resp::limits;
using sluice::resp::parse_complete;
using sluice::resp::value;
using namespace std::literals;

static_assert(std::is_trivially_copyable_v<value>);
static_assert(std::forward_iterator<value::iterator>);

namespace {

std::vector<std::string> texts(const value& v) {
  std::vector<std::string> all;
  for (const value child : v) all.emplace_back(child.text());
  return all;
}

}  // namespace

TEST_CASE("a default constructed value is null and has nothing") {
  const value none;
  CHECK(none.is_null());
  CHECK(none.text().empty());
  CHECK(none.raw().empty());
  CHECK(none.size() == 0);
  CHECK(none.begin() == none.end());
  CHECK(none[0].is_null());
  CHECK(none.find("k").is_null());
  CHECK(none.attribute().is_null());
  CHECK(value(std::string_view()).is_null());
}

TEST_CASE("a string's text is a view into the received bytes") {
  const std::string bytes = "$7\r\na\r\nb c!\r\n";
  const value v = parse_complete(bytes);
  CHECK(v.text() == "a\r\nb c!");
  CHECK(v.text().data() == bytes.data() + 4);
  CHECK(v.is_string());
  CHECK(v.raw() == bytes);
}

TEST_CASE("a verbatim string keeps its format apart from its text") {
  const value v = parse_complete("=8\r\nmkd:# Hi\r\n");
  CHECK(v.text() == "# Hi");
  CHECK(v.format() == "mkd");
  CHECK(v.is_string());
  CHECK(parse_complete("=4\r\ntxt:\r\n").text().empty());
  CHECK(parse_complete("+txt:\r\n").format().empty());
}

TEST_CASE("both forms of an error are errors with a text") {
  CHECK(parse_complete("-ERR no\r\n").is_error());
  CHECK(parse_complete("-ERR no\r\n").text() == "ERR no");
  CHECK(parse_complete("!9\r\nERR a\r\nb!\r\n").is_error());
  CHECK(parse_complete("!9\r\nERR a\r\nb!\r\n").text() == "ERR a\r\nb!");
  CHECK_FALSE(parse_complete("+OK\r\n").is_error());
}

TEST_CASE("every form of null is null") {
  for (const auto bytes : {"_\r\n", "$-1\r\n", "*-1\r\n"}) {
    const value v = parse_complete(bytes);
    CHECK(v.is_null());
    CHECK(v.text().empty());
    CHECK(v.size() == 0);
    CHECK(v.raw() == bytes);
  }
}

TEST_CASE("an integer is read from an integer and from a string of digits") {
  CHECK(parse_complete(":42\r\n").integer() == 42);
  CHECK(parse_complete(":+1\r\n").integer() == 1);
  CHECK(parse_complete(":-0\r\n").integer() == 0);
  CHECK(parse_complete(":-9223372036854775808\r\n").integer() == INT64_MIN);
  CHECK(parse_complete("$2\r\n-7\r\n").integer() == -7);
  CHECK(parse_complete("+7\r\n").integer() == 7);
  CHECK(parse_complete("+7 \r\n").integer() == std::nullopt);
  CHECK(parse_complete("$0\r\n\r\n").integer() == std::nullopt);
  CHECK(parse_complete("$3\r\n1-1\r\n").integer() == std::nullopt);
  CHECK(parse_complete("$20\r\n99999999999999999999\r\n").integer() == std::nullopt);
  CHECK(parse_complete("-7\r\n").integer() == std::nullopt);
  CHECK(parse_complete("*1\r\n:1\r\n").integer() == std::nullopt);
  CHECK(parse_complete("_\r\n").integer() == std::nullopt);
}

TEST_CASE("a double is read from a double, an integer and a string") {
  CHECK(parse_complete(",3.25\r\n").floating() == 3.25);
  CHECK(parse_complete(",+1e2\r\n").floating() == 100.0);
  CHECK(parse_complete(",-inf\r\n").floating() == -INFINITY);
  CHECK(std::isnan(*parse_complete(",-nan\r\n").floating()));
  CHECK(parse_complete(":3\r\n").floating() == 3.0);
  CHECK(parse_complete("$3\r\n1.5\r\n").floating() == 1.5);
  CHECK(parse_complete("$3\r\ninf\r\n").floating() == INFINITY);
  CHECK(parse_complete("$8\r\ninfinity\r\n").floating() == std::nullopt);
  CHECK(parse_complete("+x\r\n").floating() == std::nullopt);
  CHECK(parse_complete("_\r\n").floating() == std::nullopt);
}

TEST_CASE("a double outside the range of the type has a text and no number") {
  const value v = parse_complete(",1e400\r\n");
  CHECK(v.type() == kind::floating);
  CHECK(v.floating() == std::nullopt);
  CHECK(v.text() == "1e400");
}

TEST_CASE("a boolean is read from a boolean and from the integers 0 and 1") {
  CHECK(parse_complete("#t\r\n").boolean() == true);
  CHECK(parse_complete("#f\r\n").boolean() == false);
  CHECK(parse_complete(":1\r\n").boolean() == true);
  CHECK(parse_complete(":0\r\n").boolean() == false);
  CHECK(parse_complete(":2\r\n").boolean() == std::nullopt);
  CHECK(parse_complete("+t\r\n").boolean() == std::nullopt);
}

TEST_CASE("the children of an array are walked in order, nested ones as one") {
  const value v = parse_complete("*4\r\n:1\r\n*2\r\n+a\r\n*1\r\n+b\r\n%0\r\n$2\r\nhi\r\n");
  CHECK(v.size() == 4);
  CHECK(texts(v) == std::vector<std::string>{"1", "", "", "hi"});
  CHECK(v[1][1][0].text() == "b");
  CHECK(v[2].type() == kind::map);
  CHECK(v[3].text() == "hi");
  CHECK(v[4].is_null());
  CHECK(v[1].raw() == "*2\r\n+a\r\n*1\r\n+b\r\n");
}

TEST_CASE("the children of a map alternate key and value") {
  const value v = parse_complete("%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n:2\r\n");
  CHECK(v.size() == 4);
  CHECK(texts(v) == std::vector<std::string>{"a", "1", "b", ""});
}

TEST_CASE("a key is found in a map and in the flat array that stands for one") {
  for (const auto bytes : {"%3\r\n:7\r\n:0\r\n+a\r\n*1\r\n+b\r\n$1\r\nb\r\n:2\r\n",
                           "*6\r\n:7\r\n:0\r\n+a\r\n*1\r\n+b\r\n$1\r\nb\r\n:2\r\n"}) {
    const value v = parse_complete(bytes);
    CHECK(v.find("b").integer() == 2);
    CHECK(v.find("a")[0].text() == "b");
    CHECK(v.find("7").is_null());
    CHECK(v.find("c").is_null());
  }
}

TEST_CASE("the first of equal keys is found, and a last key without a value is none") {
  CHECK(parse_complete("%2\r\n+k\r\n:1\r\n+k\r\n:2\r\n").find("k").integer() == 1);
  CHECK(parse_complete("*3\r\n+a\r\n:1\r\n+k\r\n").find("k").is_null());
  CHECK(parse_complete("~2\r\n+k\r\n:1\r\n").find("k").is_null());
}

TEST_CASE("attributes are stepped over wherever they stand") {
  const value v = parse_complete(
      "%2\r\n|1\r\n+x\r\n:0\r\n+a\r\n|1\r\n+x\r\n*1\r\n:0\r\n:1\r\n|0\r\n+b\r\n:2\r\n");
  CHECK(texts(v) == std::vector<std::string>{"a", "1", "b", "2"});
  CHECK(v.find("b").integer() == 2);
  CHECK(v[1].attribute().find("x")[0].integer() == 0);
  CHECK(v[3].attribute().is_null());
}

TEST_CASE("of several attributes each leads to the one before it") {
  const value v = parse_complete("|1\r\n+a\r\n:1\r\n|1\r\n+b\r\n:2\r\n+OK\r\n");
  CHECK(v.text() == "OK");
  CHECK(v.raw() == "+OK\r\n");
  CHECK(v.attribute().type() == kind::map);
  CHECK(v.attribute().find("b").integer() == 2);
  CHECK(v.attribute().attribute().find("a").integer() == 1);
  CHECK(v.attribute().attribute().attribute().is_null());
}

TEST_CASE("an iterator outlives the value that made it and can be gone through twice") {
  const std::string bytes = "*3\r\n:1\r\n:2\r\n:3\r\n";
  auto first = parse_complete(bytes).begin();
  const auto again = first++;
  CHECK(again->integer() == 1);
  CHECK(first->integer() == 2);
  CHECK(std::distance(again, value::iterator()) == 3);
  CHECK(std::ranges::distance(parse_complete(bytes)) == 3);
}

TEST_CASE("the group reply of RESP2 and RESP3 is read by the same steps") {
  const value map = parse_complete("%1\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n1-1\r\n_\r\n");
  const value array = parse_complete("*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n1-1\r\n*-1\r\n");
  CHECK(map[1][0][0].text() == "1-1");
  CHECK(map[1][0][1].is_null());
  CHECK(array[0][1][0][0].text() == "1-1");
  CHECK(array[0][1][0][1].is_null());
}

TEST_CASE("bytes that are not exactly one good reply cannot be read") {
  CHECK_THROWS_WITH(parse_complete(""), "sluice: reply ends early at byte 0");
  CHECK_THROWS_WITH(parse_complete("*1\r\n"), "sluice: reply ends early at byte 4");
  CHECK_THROWS_WITH(parse_complete(":1\r\n:2\r\n"), "sluice: bytes behind the reply from byte 4");
  CHECK_THROWS_WITH(parse_complete(":x\r\n"), "sluice: not a 64-bit integer at byte 0");
  limits tight;
  tight.max_bulk = 1;
  CHECK_THROWS_AS(parse_complete("$2\r\nhi\r\n", tight), std::invalid_argument);
}

TEST_CASE("every kind has a name for diagnostics") {
  CHECK(to_string(kind::bulk_string) == "bulk string");
  CHECK(to_string(kind::floating) == "double");
  CHECK(to_string(kind::push) == "push");
  CHECK(to_string(static_cast<kind>(99)) == "unknown");
}
