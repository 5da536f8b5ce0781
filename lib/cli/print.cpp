#include "cli/print.hpp"

#include "cli/exit_code.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace sluice::cli {

void print_line(std::string_view line) { print(std::string(line) + '\n'); }

void print(std::string_view text) {
  for (auto left = text; !left.empty();) {
    const auto count = ::write(STDOUT_FILENO, left.data(), left.size());
    if (count >= 0) {
      left.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EPIPE) {
      return;
    } else if (errno != EINTR) {
      throw failure(trouble, std::string("cannot write the output: ") + std::strerror(errno));
    }
  }
}

}  // namespace sluice::cli
