// JSON read into one's own types: what fits, and what is said of the rest.
#include "support/catch.hpp"

#include <sluice/core/read_form.hpp>

#include <boost/describe.hpp>
#include <boost/json/parse.hpp>

#include <array>
#include <cstdint>
#include <limits>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

namespace {

using namespace sluice;
namespace json = boost::json;

enum class colour { red, green };
BOOST_DESCRIBE_ENUM(colour, red, green)

struct money {
  std::int64_t cents = 0;
  std::string currency;
};
BOOST_DESCRIBE_STRUCT(money, (), (cents, currency))

struct traced {
  std::string trace;
};
BOOST_DESCRIBE_STRUCT(traced, (), (trace))

struct order : traced {
  std::string customer;
  money total;
  std::vector<money> items;
  std::map<std::string, int> stock;
  std::optional<std::string> note;
  colour paint = colour::red;
};
BOOST_DESCRIBE_STRUCT(order, (traced), (customer, total, items, stock, note, paint))

struct tree {
  std::string name;
  std::vector<tree> branches;
};
BOOST_DESCRIBE_STRUCT(tree, (), (name, branches))

/// Reads itself, as its author says; a text that begins with a hash.
struct tag {
  std::string name;
  friend tag tag_invoke(json::value_to_tag<tag>, const json::value& from) {
    const auto text = json::value_to<std::string>(from);
    if (!text.starts_with('#')) throw std::invalid_argument("not a tag: " + text);
    return tag{text.substr(1)};
  }
};

/// Has no default, and reads itself.
class even {
 public:
  explicit even(int number) : number_(number) {}
  int number() const { return number_; }
  friend even tag_invoke(json::value_to_tag<even>, const json::value& from) {
    const auto number = json::value_to<int>(from);
    if (number % 2 != 0) throw std::invalid_argument("odd");
    return even(number);
  }

 private:
  int number_;
};

template <class T, unknown_fields policy = unknown_fields::refuse>
T read(const char* text) {
  return read_form<T, policy>(json::parse(text));
}

/// All that is wrong, in one line.
template <class T, unknown_fields policy = unknown_fields::refuse>
std::string flaws_of(const char* text) {
  form_reader reader(policy);
  T made{};
  reader.read(json::parse(text), made);
  return reader.flaws().to_string();
}

constexpr const char* whole_order = R"({
  "trace": "t-1", "customer": "c-17", "total": {"cents": 1250, "currency": "EUR"},
  "items": [{"cents": 1000, "currency": "EUR"}, {"cents": 250, "currency": "EUR"}],
  "stock": {"nails": 3}, "note": "by hand", "paint": "green"})";

}  // namespace

TEST_CASE("a described struct is read with all that is in it") {
  const auto placed = read<order>(whole_order);
  CHECK(placed.trace == "t-1");
  CHECK(placed.customer == "c-17");
  CHECK(placed.total.cents == 1250);
  REQUIRE(placed.items.size() == 2);
  CHECK(placed.items[1].cents == 250);
  CHECK(placed.stock.at("nails") == 3);
  CHECK(placed.note == "by hand");
  CHECK(placed.paint == colour::green);
}

TEST_CASE("an optional member may be missing, or null") {
  struct local {
    static std::optional<std::string> note(const char* text) {
      std::optional<std::string> note = "old";
      form_reader reader;
      reader.read_members(json::parse(text), {"note"}, note);
      CHECK(reader.flaws().empty());
      return note;
    }
  };
  CHECK_FALSE(local::note("{}"));
  CHECK_FALSE(local::note(R"({"note": null})"));
  CHECK(local::note(R"({"note": "x"})") == "x");
}

TEST_CASE("everything that is wrong is told at once, by its path") {
  CHECK(flaws_of<order>(R"({
    "trace": 7, "total": {"cents": "many", "currency": null, "taxes": 19},
    "items": [{"cents": 1, "currency": "EUR"}, {"cents": 1.5}, 3],
    "stock": {"nails": true}, "note": [], "paint": "blue", "coupon": "c"})") ==
        "trace: expected a string, got a number; "
        "customer: missing; "
        "total.cents: expected a whole number, got a string; "
        "total.currency: expected a string, got null; "
        "total.taxes: unknown; "
        "items[1].cents: expected a whole number, got a fraction; "
        "items[1].currency: missing; "
        "items[2]: expected an object, got a number; "
        "stock.nails: expected a whole number, got a boolean; "
        "note: expected a string, got an array; "
        "paint: expected one of red, green; "
        "coupon: unknown");
}

TEST_CASE("chosen members are read, and the others passed by") {
  int number = 0;
  std::string text;
  form_reader reader;
  reader.read_members(json::parse(R"({"a": 1, "b": "x", "c": null})"), {"a", "b"}, number, text);
  CHECK(reader.flaws().empty());
  CHECK(number == 1);
  CHECK(text == "x");
  reader.read_members(json::parse(R"({"b": 2})"), {"a", "b"}, number, text);
  CHECK(reader.flaws().to_string() == "a: missing; b: expected a string, got a number");
}

TEST_CASE("a value that is no object at all has no path") {
  CHECK(flaws_of<money>("[]") == "expected an object, got an array");
  CHECK(flaws_of<money>("\"secret\"") == "expected an object, got a string");
}

TEST_CASE("an error of reading is malformed_message, with every flaw and no value") {
  try {
    read<money>(R"({"cents": "4111 1111", "currency": 978})");
    FAIL("it was accepted");
  } catch (const error& why) {
    CHECK(why.code() == errc::malformed_message);
    CHECK(why.why().message() ==
          "cents: expected a whole number, got a string; "
          "currency: expected a string, got a number");
  }
}

TEST_CASE("unknown members are passed by where that is asked for, at every depth") {
  constexpr auto* text = R"([{"cents": 1, "currency": "EUR", "since": 2002}])";
  CHECK(flaws_of<std::vector<money>>(text) == "[0].since: unknown");
  CHECK(read<std::vector<money>, unknown_fields::ignore>(text).front().cents == 1);
}

TEST_CASE("of many flaws the first are told, and how many more there are") {
  std::string text = "[";
  for (int i = 0; i < 40; ++i) text += "true,";
  text += "1]";
  const auto flaws = flaws_of<std::vector<int>>(text.c_str());
  CHECK(flaws.starts_with("[0]: expected a whole number, got a boolean; [1]: "));
  CHECK(flaws.ends_with("[15]: expected a whole number, got a boolean; and 24 more"));
}

TEST_CASE("names that come from outside cannot break a line, nor fill it") {
  CHECK(flaws_of<money>(R"({"cents": 1, "currency": "EUR", "a\nb'c": 1})") == "'a?b?c': unknown");
  CHECK(flaws_of<money>(R"({"cents": 1, "currency": "EUR", "": 1})") == "'': unknown");
  const std::string name(63, 'x');
  const auto text = R"({"cents": 1, "currency": "EUR", ")" + name + "\u00e9\u00e9\": 1}";
  CHECK(flaws_of<money>(text.c_str()) == "'" + name + "...': unknown");
}

TEST_CASE("whole numbers have to fit their type") {
  CHECK(read<std::int8_t>("-128") == -128);
  CHECK(flaws_of<std::int8_t>("128") == "out of range: expected a whole number from -128 to 127");
  CHECK(read<std::uint8_t>("255") == 255);
  CHECK(flaws_of<std::uint8_t>("-1") == "out of range: expected a whole number from 0 to 255");
  CHECK(read<std::int16_t>("-32768") == -32768);
  CHECK_FALSE(flaws_of<std::uint16_t>("65536").empty());
  CHECK_FALSE(flaws_of<std::int32_t>("2147483648").empty());
  CHECK(read<std::uint32_t>("4294967295") == 4294967295U);
  CHECK(read<std::int64_t>("-9223372036854775808") == std::numeric_limits<std::int64_t>::min());
  CHECK_FALSE(flaws_of<std::int64_t>("9223372036854775808").empty());
  CHECK(read<std::uint64_t>("18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("a whole number may be written with a point, or an exponent") {
  CHECK(read<int>("3.0") == 3);
  CHECK(read<std::uint64_t>("1e3") == 1000);
  CHECK(flaws_of<int>("3.5") == "expected a whole number, got a fraction");
  CHECK_FALSE(flaws_of<std::int64_t>("9.3e18").empty());
  CHECK_FALSE(flaws_of<std::int64_t>("9223372036854775808.0").empty());
  CHECK_FALSE(flaws_of<std::uint64_t>("1.9e19").empty());
  CHECK_FALSE(flaws_of<std::uint64_t>("-1.0").empty());
}

TEST_CASE("real numbers, booleans and texts are told apart") {
  CHECK(read<double>("2") == 2.0);
  CHECK(read<float>("0.5") == 0.5F);
  CHECK(flaws_of<float>("1e39") == "out of range");
  CHECK(flaws_of<double>("\"1\"") == "expected a number, got a string");
  CHECK(read<bool>("true"));
  CHECK(flaws_of<bool>("1") == "expected a boolean, got a number");
  CHECK(flaws_of<std::string>("{}") == "expected a string, got an object");
}

TEST_CASE("containers of any make are read") {
  CHECK(read<std::list<int>>("[1, 2]") == std::list<int>{1, 2});
  CHECK(read<std::set<std::string>>(R"(["b", "a", "b"])").size() == 2);
  CHECK(read<std::vector<bool>>("[true, false]") == std::vector<bool>{true, false});
  CHECK(read<std::unordered_map<std::string, double>>(R"({"pi": 3.5})").at("pi") == 3.5);
  CHECK(read<std::array<int, 2>>("[1, 2]")[1] == 2);
  CHECK(flaws_of<std::array<int, 2>>("[1]") == "expected 2 elements, got 1");
  CHECK(read<std::pair<int, std::string>>(R"([1, "x"])").second == "x");
  CHECK(flaws_of<std::tuple<int, bool>>("[1, 2]") == "[1]: expected a boolean, got a number");
}

TEST_CASE("of a variant the first alternative that fits is taken") {
  using choice = std::variant<std::monostate, int, money, std::string>;
  CHECK(read<choice>("null").index() == 0);
  CHECK(read<choice>("3").index() == 1);
  CHECK(read<choice>(R"({"cents": 1, "currency": "EUR"})").index() == 2);
  CHECK(std::get<std::string>(read<choice>("\"x\"")) == "x");
  CHECK(flaws_of<std::vector<choice>>("[[]]") == "[0]: fits none of the forms that it may have");
}

TEST_CASE("of an enumeration the whole name counts") {
  CHECK(read<colour>("\"green\"") == colour::green);
  CHECK(flaws_of<colour>(R"("red\u0000x")") == "expected one of red, green");
  CHECK(flaws_of<colour>("0") == "expected a string, got a number");
}

TEST_CASE("a struct may hold itself") {
  const auto root = read<tree>(R"({"name": "a", "branches": [{"name": "b", "branches": []}]})");
  CHECK(root.branches.front().name == "b");
  CHECK(flaws_of<tree>(R"({"name": "a", "branches": [{"branches": [1]}]})") ==
        "branches[0].name: missing; branches[0].branches[0]: expected an object, got a number");
}

TEST_CASE("JSON is read as itself") {
  CHECK(read<json::value>("[1]") == json::value(json::parse("[1]")));
  CHECK(read<json::object>(R"({"a": 1})").contains("a"));
  CHECK(read<json::array>("[1, null]").size() == 2);
  CHECK(read<json::string>("\"x\"") == "x");
}

TEST_CASE("a type that reads itself is asked, and quoted in nothing") {
  CHECK(read<std::vector<tag>>(R"(["#a"])").front().name == "a");
  const auto flaws = flaws_of<std::vector<tag>>(R"(["#a", "secret"])");
  CHECK(flaws.starts_with("[1]: does not fit"));
  CHECK(flaws.find("secret") == std::string::npos);
}

TEST_CASE("a type without a default is made where it reads itself") {
  CHECK(read<even>("4").number() == 4);
  form_reader reader;
  CHECK_FALSE(reader.make<even>(json::value(3)));
  CHECK(reader.flaws().count() == 1);
}
