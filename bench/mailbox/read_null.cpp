// Reads a channel in portions with bare commands, each sent as soon as the one before it has come:
// a range of the stream, and the new position of the reader. What comes is counted by the lines.
#include "harness/raw_socket.hpp"

#include <algorithm>
#include <string>

namespace {

constexpr std::size_t portion = 512;

/// Reads until so many lines have come.
void await_lines(bench::raw_socket& server, std::size_t lines) {
  for (std::size_t come = 0; come < lines;) {
    const auto bytes = server.read();
    come += static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), '\n'));
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  bench::raw_socket server(what.server);
  // "*2", the id in two lines, "*6", three names and values in two lines each.
  constexpr std::size_t lines_each = 1 + 2 + 1 + 12;
  const bench::stopwatch watch;
  for (std::size_t done = 0; done < what.messages;) {
    const auto some = std::min(portion, what.messages - done);
    server.write(bench::frame("XRANGE", "sluice:box:messages:channel#bench",
                              std::to_string(done + 1) + "-0", "+", "COUNT", std::to_string(some)));
    await_lines(server, 1 + some * lines_each);
    done += some;
    server.write(
        bench::frame("ZADD", "sluice:box:clients:channel#bench", std::to_string(done), "null"));
    await_lines(server, 1);
  }
  watch.report(what.messages);
}
