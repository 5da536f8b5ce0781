// XADD, byte by byte.
#include "stream/add_command.hpp"

#include "support/catch.hpp"
#include "support/scene.hpp"

#include <sluice/resp/value.hpp>

#include <span>
#include <string>
#include <vector>

namespace {

using namespace std::literals;
using scene::code_of;
using sluice::add_command;
using sluice::add_options;
using sluice::entry_id;
using sluice::errc;
using sluice::fields;
using sluice::once_mark;
using sluice::trim;

TEST_CASE("one field, and an id that the server makes") {
  CHECK(add_command::encode("orders", fields("total", "12.50"), add_options()) ==
        "*5\r\n$4\r\nXADD\r\n$6\r\norders\r\n$1\r\n*\r\n$5\r\ntotal\r\n$5\r\n12.50\r\n");
}

TEST_CASE("names and values are bytes, and duplicates stay in order") {
  const fields what("a", "1", "a", "\r\n\0 "sv, "", "");
  CHECK(what.size() == 3);
  CHECK(add_command::encode("s", what, add_options()) ==
        "*9\r\n$4\r\nXADD\r\n$1\r\ns\r\n$1\r\n*\r\n"
        "$1\r\na\r\n$1\r\n1\r\n$1\r\na\r\n$4\r\n\r\n\0 \r\n$0\r\n\r\n$0\r\n\r\n"s);
}

TEST_CASE("an id of one's own and no making of streams") {
  const auto how = add_options().only_existing().id(entry_id(7, 3));
  CHECK(add_command::encode("s", fields("a", "b"), how) ==
        "*6\r\n$4\r\nXADD\r\n$1\r\ns\r\n$10\r\nNOMKSTREAM\r\n$3\r\n7-3\r\n$1\r\na\r\n$1\r\nb\r\n");
}

TEST_CASE("cuts by length and by id, about and exactly, with a limit") {
  const auto with = [](trim cut) {
    return add_command::encode("s", fields("a", "b"), add_options().cut(cut));
  };
  const auto head = [](int words) {
    return "*" + std::to_string(words) + "\r\n$4\r\nXADD\r\n$1\r\ns\r\n";
  };
  const auto tail = "$1\r\n*\r\n$1\r\na\r\n$1\r\nb\r\n"s;
  CHECK(with(trim::max_length(1'000)) ==
        head(8) + "$6\r\nMAXLEN\r\n$1\r\n~\r\n$4\r\n1000\r\n" + tail);
  CHECK(with(trim::max_length(10).exactly()) ==
        head(8) + "$6\r\nMAXLEN\r\n$1\r\n=\r\n$2\r\n10\r\n" + tail);
  CHECK(with(trim::max_length(10).limit(5)) ==
        head(10) + "$6\r\nMAXLEN\r\n$1\r\n~\r\n$2\r\n10\r\n$5\r\nLIMIT\r\n$1\r\n5\r\n" + tail);
  CHECK(with(trim::min_id(entry_id(5))) ==
        head(8) + "$5\r\nMINID\r\n$1\r\n~\r\n$3\r\n5-0\r\n" + tail);
}

// The script's digest is its own affair.
std::string said(std::span<const fields> what, const add_options& how, const once_mark& mark) {
  const auto frame = add_command::encode_once("s", what, how, mark);
  std::string words;
  const sluice::resp::value all(frame);
  for (const auto& each : all) {
    const auto word = each.text();
    words += word.size() == 40 ? "<digest>" : word.empty() ? "''" : std::string(word);
    words += ' ';
  }
  return words;
}

TEST_CASE("an addition at most once is a call of the script with the stream and its record") {
  const once_mark mark{
      .record = "s:once:p#1", .field = "64", .memory = 1s, .forget_from = "3", .forget_count = 60};
  const std::vector<fields> one{fields("a", "1", "b", "2")};
  CHECK(said(one, add_options(), mark) ==
        "EVALSHA <digest> 2 s s:once:p#1 64 1000 3 60 1 * a 1 b 2 ");
  const auto how = add_options().only_existing().cut(trim::max_length(9)).id(entry_id(7, 3));
  CHECK(said(one, how, mark) ==
        "EVALSHA <digest> 2 s s:once:p#1 64 1000 3 60 1 NOMKSTREAM MAXLEN ~ 9 7-3 a 1 b 2 ");
}

TEST_CASE("several entries of one call say how many words are theirs") {
  const once_mark mark{
      .record = "s:once:p:k", .field = {}, .memory = 1s, .forget_from = {}, .forget_count = 0};
  const std::vector<fields> two{fields("a", "1"), fields("b", "2", "c", "")};
  CHECK(said(two, add_options().cut(trim::max_length(9)), mark) ==
        "EVALSHA <digest> 2 s s:once:p:k '' 1000 '' 0 2 4 MAXLEN ~ 9 * 2 a 1 4 b 2 c '' ");
}

TEST_CASE("an entry of more fields than the script takes is refused") {
  fields many;
  for (int i = 0; i < 3'901; ++i) many.add("", "");
  CHECK(code_of([&] {
          add_command::encode_once("s", {&many, 1}, add_options(), once_mark());
        }) == errc::invalid_argument);
}

TEST_CASE("a key of one's own has 1 to 256 bytes, which are copied") {
  add_options how;
  CHECK(how.once().empty());
  CHECK(how.once("order\0 17"sv).once() == "order\0 17"sv);
  CHECK(how.once(std::string(256, 'k')).once() == std::string(256, 'k'));
  CHECK(code_of([&] { how.once(""); }) == errc::invalid_argument);
  CHECK(code_of([&] { how.once(std::string(257, 'k')); }) == errc::invalid_argument);
}

TEST_CASE("what the server would refuse is refused before it is sent") {
  const auto refused = [](std::string_view stream, const fields& what, add_options how) {
    return code_of([&] { add_command::encode(stream, what, how); }) == errc::invalid_argument;
  };
  CHECK(refused("", fields("a", "b"), add_options()));
  CHECK(refused("s", fields(), add_options()));
  CHECK(refused("s", fields("a", "b"), add_options().id(entry_id())));
  CHECK(refused("s", fields("a", "b"), add_options().cut(trim::max_length(1).exactly().limit(1))));
}

TEST_CASE("an entry of more fields than a command takes is refused") {
  fields many;
  for (int i = 0; i < 600'000; ++i) many.add("", "");
  CHECK(code_of([&] { add_command::encode("s", many, add_options()); }) == errc::invalid_argument);
}

TEST_CASE("fields grow pair by pair") {
  fields what;
  CHECK(what.empty());
  what.add("a", "b").add("c", "d");
  CHECK(what.size() == 2);
  CHECK(what.encoded() == fields("a", "b", "c", "d").encoded());
}

}  // namespace
