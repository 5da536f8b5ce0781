#include "resp/writer.hpp"

#include <stdexcept>

namespace sluice::resp {

std::size_t encoded_size(std::span<const std::string_view> arguments) {
  if (arguments.empty()) throw std::invalid_argument("sluice: command without a name");
  if (arguments.size() > max_arguments) {
    throw std::length_error("sluice: command of " + std::to_string(arguments.size()) +
                            " arguments, at most " + std::to_string(max_arguments));
  }
  std::size_t size = header_size(arguments.size());
  for (const std::string_view argument : arguments) {
    // Compared one by one, so that the sum cannot overflow.
    if (argument.size() > max_frame || size + argument_size(argument.size()) > max_frame) {
      throw std::length_error("sluice: command longer than " + std::to_string(max_frame) +
                              " bytes");
    }
    size += argument_size(argument.size());
  }
  return size;
}

char* encode(char* out, std::span<const std::string_view> arguments) noexcept {
  encoder command(out);
  command.header(arguments.size());
  for (const std::string_view argument : arguments) command.argument(argument);
  return command.position();
}

void append(std::string& out, std::span<const std::string_view> arguments) {
  const std::size_t size = encoded_size(arguments);
  const std::size_t before = out.size();
  out.resize(before + size);
  encode(out.data() + before, arguments);
}

}  // namespace sluice::resp
