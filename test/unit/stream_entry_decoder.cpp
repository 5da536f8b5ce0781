// From replies to entries: every shape that servers send, and shapes that none should.
#include "stream/entry_decoder.hpp"

#include "support/catch.hpp"

#include <sluice/stream/entry.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace std::literals;
using sluice::decode_entries;
using sluice::decode_stream_reply;
using sluice::errc;
using sluice::raw_entry;
using sluice::resp::parse_complete;

const auto pair_1 = "*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n"s;
const auto pair_2 = "*2\r\n$3\r\n1-2\r\n*4\r\n$1\r\na\r\n$0\r\n\r\n$1\r\na\r\n$2\r\n\r\n\r\n"s;

std::vector<raw_entry> decode(const std::string& reply) {
  std::vector<raw_entry> out;
  decode_stream_reply(parse_complete(reply), out);
  return out;
}

errc refusal(const std::string& reply) {
  std::vector<raw_entry> out(1);
  try {
    decode_stream_reply(parse_complete(reply), out);
  } catch (const sluice::error& why) {
    CHECK(out.size() == 1);
    return why.which();
  }
  return errc{};
}

void check_two(const std::vector<raw_entry>& found) {
  REQUIRE(found.size() == 2);
  CHECK(found[0].id == "1-1");
  CHECK(found[0].bytes == pair_1.size());
  CHECK(found[0].delivery_count == 0);
  const sluice::resp::value first(std::string_view(found[0].values, 1));
  REQUIRE(first.size() == 2);
  CHECK(first[1].text() == "b");
  CHECK(found[1].id == "1-2");
  CHECK(found[1].bytes == pair_2.size());
  const sluice::resp::value second(std::string_view(found[1].values, 1));
  REQUIRE(second.size() == 4);
  CHECK(second[1].text().empty());
  CHECK(second[3].text() == "\r\n");
}

TEST_CASE("a map of one stream, as RESP3 has it") {
  const auto reply = "%1\r\n$1\r\ns\r\n*2\r\n" + pair_1 + pair_2;
  check_two(decode(reply));
}

TEST_CASE("a list of pairs, as RESP2 has it") {
  const auto reply = "*1\r\n*2\r\n$1\r\ns\r\n*2\r\n" + pair_1 + pair_2;
  check_two(decode(reply));
}

TEST_CASE("a list of entries, as XRANGE answers") {
  const auto reply = "*2\r\n" + pair_1 + pair_2;
  std::vector<raw_entry> out;
  decode_entries(parse_complete(reply), out);
  check_two(out);
}

TEST_CASE("no entries, in every form") {
  const auto* const reply = GENERATE(
      "_\r\n", "*-1\r\n", "$-1\r\n", "*0\r\n", "%0\r\n", "%1\r\n$1\r\ns\r\n*0\r\n",
      "%1\r\n$1\r\ns\r\n_\r\n", "*1\r\n*2\r\n$1\r\ns\r\n*0\r\n", "*1\r\n*2\r\n$1\r\ns\r\n*-1\r\n");
  CHECK(decode(reply).empty());
}

TEST_CASE("an entry whose payload was deleted has an id and no values") {
  const auto nil = GENERATE("_\r\n"s, "*-1\r\n"s, "$-1\r\n"s);
  const auto reply = "%1\r\n$1\r\ns\r\n*2\r\n*2\r\n$3\r\n1-0\r\n" + nil + pair_1;
  const auto found = decode(reply);
  REQUIRE(found.size() == 2);
  CHECK(found[0].id == "1-0");
  CHECK(found[0].values == nullptr);
  CHECK(found[1].id == "1-1");
}

TEST_CASE("a field is found by its name as walking the fields finds it") {
  // Names and values of every type that has a text, attributes before them, a name twice.
  const auto values =
      "*14\r\n$1\r\na\r\n$1\r\n1\r\n"
      "|1\r\n+k\r\n*1\r\n:7\r\n+b\r\n|1\r\n+k\r\n+v\r\n:2\r\n"
      "=5\r\ntxt:c\r\n=5\r\ntxt:3\r\n$1\r\na\r\n$5\r\nlater\r\n"
      "*2\r\n$1\r\nx\r\n$1\r\ny\r\n$4\r\nlist\r\n$1\r\nd\r\n_\r\n$1\r\ne\r\n#t\r\n"s;
  const auto reply = "%1\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n1-1\r\n" + values;
  const auto found = decode(reply);
  REQUIRE(found.size() == 1);
  CHECK(found[0].bytes == values.size() + 13);
  const sluice::entry whole(nullptr, sluice::buffer_ref(), found[0].id, found[0].values);
  REQUIRE(whole.size() == 7);
  std::vector<std::string_view> seen;
  for (const auto& [name, value] : whole.fields()) {
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) continue;
    seen.push_back(name);
    CHECK(whole.find(name) == value);
  }
  CHECK(seen.size() == 6);
  CHECK(whole.field("a") == "1");
  CHECK(whole.field("b") == "2");
  CHECK(whole.field("c") == "3");
  CHECK_FALSE(whole.find("f"));
  CHECK_FALSE(sluice::entry().find("a"));
}

TEST_CASE("an entry without fields is an entry") {
  const auto reply = "%1\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n1-0\r\n*0\r\n"s;
  const auto found = decode(reply);
  REQUIRE(found.size() == 1);
  CHECK(found[0].values != nullptr);
}

TEST_CASE("a claimed entry says how often it was delivered") {
  const auto numbers = GENERATE(":1500\r\n:3\r\n"s, "$4\r\n1500\r\n$1\r\n3\r\n"s);
  const auto claimed = "*4\r\n$3\r\n1-0\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n" + numbers;
  const auto reply = "%1\r\n$1\r\ns\r\n*2\r\n" + claimed + pair_1;
  const auto found = decode(reply);
  REQUIRE(found.size() == 2);
  CHECK(found[0].delivery_count == 3);
  CHECK(found[0].bytes == claimed.size());
  CHECK(found[1].id == "1-1");
}

TEST_CASE("what is no list of entries is refused, and nothing is taken from it") {
  const auto* const reply = GENERATE(
      "+OK\r\n", ":1\r\n", "$2\r\nno\r\n", "#t\r\n", "*1\r\n:1\r\n", "*1\r\n*1\r\n$1\r\ns\r\n",
      "*1\r\n*3\r\n$1\r\ns\r\n*0\r\n*0\r\n", "%1\r\n$1\r\ns\r\n:5\r\n",
      "%1\r\n$1\r\ns\r\n*1\r\n:5\r\n", "%1\r\n$1\r\ns\r\n*1\r\n*1\r\n$3\r\n1-1\r\n",
      "%1\r\n$1\r\ns\r\n*1\r\n*3\r\n$3\r\n1-1\r\n*0\r\n:1\r\n",
      "%1\r\n$1\r\ns\r\n*1\r\n*2\r\n:1\r\n*0\r\n", "%1\r\n$1\r\ns\r\n*1\r\n*2\r\n$0\r\n\r\n*0\r\n",
      "%1\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n1-1\r\n:7\r\n");
  CHECK(refusal(reply) == errc::unexpected_reply);
}

TEST_CASE("an odd number of fields is refused, also behind good entries") {
  const auto odd = "*2\r\n$3\r\n1-3\r\n*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n"s;
  CHECK(refusal("%1\r\n$1\r\ns\r\n*2\r\n" + pair_1 + odd) == errc::unexpected_reply);
}

// Any value of RESP3, to a depth, that a scanner lets pass.
std::string any_value(std::mt19937& dice, int depth) {
  static const std::vector<std::string> leaves{
      "_\r\n",       "*-1\r\n", ":7\r\n",   "$0\r\n\r\n", "$3\r\n1-1\r\n",  "+x\r\n",
      "-ERR no\r\n", "#f\r\n",  ",1.5\r\n", "(99\r\n",    "=5\r\ntxt:a\r\n"};
  const auto kind = depth == 0 ? 0U : dice() % 4;
  if (kind == 0) return leaves[dice() % leaves.size()];
  const auto count = dice() % 4;
  auto text = (kind == 1 ? "%" : kind == 2 ? "~" : "*") + std::to_string(count) + "\r\n";
  const auto children = kind == 1 ? 2 * count : count;
  for (unsigned i = 0; i < children; ++i) text += any_value(dice, depth - 1);
  return text;
}

TEST_CASE("no reply that is RESP3 does worse than being refused") {
  std::mt19937 dice(20'240'601);
  int taken = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto reply = any_value(dice, 5);
    std::vector<raw_entry> out;
    try {
      decode_stream_reply(parse_complete(reply), out);
      ++taken;
    } catch (const sluice::error& why) {
      REQUIRE(why.which() == errc::unexpected_reply);
      REQUIRE(out.empty());
    }
    for (const auto& each : out) REQUIRE_FALSE(each.id.empty());
  }
  CHECK(taken > 100);
}

}  // namespace
