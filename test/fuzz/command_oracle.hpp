// What must hold for any arguments that a program sends. Shared by the fuzz target and the unit
// tests.
#pragma once

#include "fuzz/reply_oracle.hpp"
#include "resp/writer.hpp"

#include <charconv>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::test {

// Cuts the bytes into arguments at every newline, so that a fuzzer finds all shapes easily.
inline std::vector<std::string_view> arguments_in(std::string_view bytes) {
  std::vector<std::string_view> arguments;
  std::size_t first = 0;
  for (std::size_t at = bytes.find('\n'); at != bytes.npos; at = bytes.find('\n', first)) {
    arguments.push_back(bytes.substr(first, at - first));
    first = at + 1;
  }
  arguments.push_back(bytes.substr(first));
  return arguments;
}

template <class Integer>
void check_number(Integer n) {
  const resp::number written(n);
  const std::string_view text = written;
  Integer read{};
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), read);
  must(error == std::errc() && stop == text.data() + text.size(), "a number is no number");
  must(read == n, "a number comes back as another");
}

// What is written reads back as the same arguments and fills exactly the bytes it announced.
inline void check_command(std::string_view bytes) {
  const std::vector<std::string_view> arguments = arguments_in(bytes);
  const std::size_t size = resp::encoded_size(arguments);
  const auto block = std::make_unique<char[]>(size);
  must(resp::encode(block.get(), arguments) == block.get() + size, "the size was announced wrong");

  const resp::value read = resp::parse_complete({block.get(), size});
  must(read.type() == resp::kind::array && read.size() == arguments.size(), "arguments were lost");
  std::size_t index = 0;
  for (const resp::value argument : read) {
    must(argument.type() == resp::kind::bulk_string, "an argument is no bulk string");
    must(argument.text() == arguments[index++], "an argument has changed");
  }

  std::string appended = "before";
  resp::append(appended, arguments);
  must(appended == "before" + std::string(block.get(), size), "appending writes other bytes");

  if (bytes.size() < sizeof(std::uint64_t)) return;
  std::uint64_t n = 0;
  std::memcpy(&n, bytes.data(), sizeof n);
  check_number(n);
  check_number(static_cast<std::int64_t>(n));
}

}  // namespace sluice::test
