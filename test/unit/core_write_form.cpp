// One's own types written as JSON.
#include "support/catch.hpp"

#include <sluice/core/read_form.hpp>
#include <sluice/core/write_form.hpp>

#include <boost/describe.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace {

using namespace sluice;
namespace json = boost::json;

enum class state { open, paid };
BOOST_DESCRIBE_ENUM(state, open, paid)

struct numbered {
  int number = 0;
};
BOOST_DESCRIBE_STRUCT(numbered, (), (number))

struct bill : numbered {
  state now = state::open;
  std::optional<std::string> note;
  std::vector<numbered> parts;
};
BOOST_DESCRIBE_STRUCT(bill, (numbered), (now, note, parts))

/// Writes itself, as its author says.
struct hash_tag {
  std::string name;
  friend void tag_invoke(json::value_from_tag, json::value& into, const hash_tag& what) {
    into = "#" + what.name;
  }
};

template <class T>
std::string text_of(const T& what) {
  return json::serialize(write_form(what));
}

}  // namespace

TEST_CASE("a described struct is written with what it inherits, without what is empty") {
  bill sent;
  sent.number = 7;
  sent.now = state::paid;
  sent.parts.resize(2);
  CHECK(text_of(sent) == R"({"number":7,"now":"paid","parts":[{"number":0},{"number":0}]})");
  sent.note = "x";
  const auto back = read_form<bill>(write_form(sent));
  CHECK(back.number == 7);
  CHECK(back.now == state::paid);
  CHECK(back.note == "x");
  CHECK(back.parts.size() == 2);
}

TEST_CASE("containers, variants and single values are written") {
  CHECK(text_of(3) == "3");
  CHECK(text_of(std::string("x")) == "\"x\"");
  CHECK(text_of("x") == "\"x\"");
  CHECK(text_of(true) == "true");
  CHECK(text_of(state::open) == "\"open\"");
  CHECK(text_of(std::vector<bool>{true, false}) == "[true,false]");
  CHECK(text_of(std::array<numbered, 1>()) == R"([{"number":0}])");
  CHECK(text_of(std::pair(1, std::string("x"))) == R"([1,"x"])");
  CHECK(text_of(std::map<std::string, numbered>{{"a", {}}}) == R"({"a":{"number":0}})");
  CHECK(text_of(std::variant<int, bill>(5)) == "5");
  CHECK(text_of(std::optional<int>()) == "null");
  CHECK(text_of(std::vector<std::optional<int>>{1, {}}) == "[1,null]");
}

TEST_CASE("JSON is written as itself, and a type that writes itself is asked") {
  CHECK(text_of(json::value(nullptr)) == "null");
  CHECK(text_of(json::array{1, "x"}) == R"([1,"x"])");
  CHECK(text_of(json::string("x")) == "\"x\"");
  CHECK(text_of(std::vector<hash_tag>(1, hash_tag{"a"})) == R"(["#a"])");
}
