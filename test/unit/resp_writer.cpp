// What goes out: commands as arrays of bulk strings.
#include "resp/writer.hpp"

#include "support/catch.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace resp = sluice::resp;
using namespace std::literals;

namespace {

std::string written(const std::vector<std::string_view>& arguments) {
  std::string out;
  resp::append(out, arguments);
  return out;
}

}  // namespace

TEST_CASE("a command is an array of bulk strings") {
  CHECK(written({"PING"}) == "*1\r\n$4\r\nPING\r\n");
  CHECK(written({"XLEN", "orders"}) == "*2\r\n$4\r\nXLEN\r\n$6\r\norders\r\n");
}

TEST_CASE("arguments are bytes, empty ones and line ends included") {
  CHECK(written({"SET", "", "a\r\nb\0c"sv}) ==
        "*3\r\n$3\r\nSET\r\n$0\r\n\r\n$6\r\na\r\nb\0c\r\n"sv);
  CHECK(written({"ECHO", std::string_view()}) == "*2\r\n$4\r\nECHO\r\n$0\r\n\r\n");
}

TEST_CASE("the announced size is the written size at every change of digits") {
  for (const auto length : {0U, 1U, 9U, 10U, 11U, 99U, 100U, 101U, 999U, 1000U, 9999U, 10'000U}) {
    const std::string argument(length, 'x');
    const std::array<std::string_view, 1> one = {argument};
    CHECK(written({argument}).size() == resp::encoded_size(one));
    const std::vector<std::string_view> many(length + 1, "a");
    CHECK(written(many).size() == resp::encoded_size(many));
  }
}

TEST_CASE("the pieces of an encoder make the same bytes as a whole command") {
  std::array<char, 64> block{};
  resp::encoder command(block.data());
  command.header(3).argument("XLEN").argument("").argument(resp::number(-42));
  const std::string_view bytes(block.data(), command.position());
  CHECK(bytes == written({"XLEN", "", "-42"}));
  CHECK(bytes.size() == resp::header_size(3) + resp::argument_size(4) + resp::argument_size(0) +
                            resp::argument_size(3));
}

TEST_CASE("a number is written with all its digits at the ends of its type") {
  CHECK(resp::number(0).text() == "0");
  CHECK(resp::number(std::numeric_limits<std::int64_t>::min()).text() == "-9223372036854775808");
  CHECK(resp::number(std::numeric_limits<std::int64_t>::max()).text() == "9223372036854775807");
  CHECK(resp::number(std::numeric_limits<std::uint64_t>::max()).text() == "18446744073709551615");
  CHECK(resp::number(static_cast<unsigned char>(7)).text() == "7");
}

TEST_CASE("a copied number carries its own digits") {
  const resp::number copy = [] {
    const resp::number original(12345);
    return original;
  }();
  CHECK(copy.text() == "12345");
}

TEST_CASE("a command without a name is refused before it slips the replies") {
  std::string out = "kept";
  CHECK_THROWS_AS(resp::append(out, {}), std::invalid_argument);
  CHECK(out == "kept");
}

TEST_CASE("a command of too many arguments is refused before its first byte") {
  std::string out = "kept";
  const std::vector<std::string_view> most(resp::max_arguments, "a");
  CHECK(resp::encoded_size(most) == resp::header_size(most.size()) + most.size() * 7);
  const std::vector<std::string_view> more(resp::max_arguments + 1, "a");
  CHECK_THROWS_AS(resp::append(out, more), std::length_error);
  CHECK(out == "kept");
}

TEST_CASE("a command longer than the bound is refused before its first byte") {
  std::string out = "kept";
  // Views of bytes that are not there: what is refused must not be read.
  const char byte = 'x';
  const std::string_view endless(&byte, std::numeric_limits<std::size_t>::max() / 2);
  const std::string_view half(&byte, resp::max_frame / 2);
  const std::array<std::string_view, 3> one = {"SET", "k", endless};
  const std::array<std::string_view, 4> sum = {"SET", "k", half, half};
  CHECK_THROWS_AS(resp::append(out, one), std::length_error);
  CHECK_THROWS_AS(resp::append(out, sum), std::length_error);
  CHECK(out == "kept");
}
