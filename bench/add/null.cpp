// Adds entries with all commands written beforehand and the replies only counted: a reply is two
// lines.
#include "harness/raw_socket.hpp"

#include <algorithm>
#include <string>

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  const auto command = bench::frame("XADD", bench::stream, "*", "payload", bench::payload());
  std::string commands;
  for (std::size_t i = 0; i < bench::window; ++i) commands += command;
  bench::raw_socket server(what.server);

  const bench::stopwatch watch;
  std::size_t sent = std::min(bench::window, what.messages);
  server.write(std::string_view(commands).substr(0, sent * command.size()));
  std::size_t lines = 0;
  while (lines < 2 * what.messages) {
    const auto come = server.read();
    lines += static_cast<std::size_t>(std::count(come.begin(), come.end(), '\n'));
    const auto more = std::min(lines / 2 + bench::window, what.messages) - sent;
    server.write(std::string_view(commands).substr(0, more * command.size()));
    sent += more;
  }
  watch.report(what.messages);
}
