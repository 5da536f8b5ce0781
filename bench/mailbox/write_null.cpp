// Numbers and stores messages by the shortest script that does, all written beforehand, the replies
// only counted: each is a line.
#include "harness/raw_socket.hpp"

#include <algorithm>
#include <string>

namespace {

constexpr std::size_t window = 1'024;
constexpr std::string_view script =
    "local id = redis.call('INCR', KEYS[1]) "
    "redis.call('XADD', KEYS[2], id .. '-0', 'src', ARGV[1], 'data', ARGV[2]) "
    "return id";

/// The digest by which the server calls it.
std::string load(bench::raw_socket& server) {
  server.write(bench::frame("SCRIPT", "LOAD", script));
  std::string reply;
  while (std::count(reply.begin(), reply.end(), '\n') < 2) reply += server.read();
  return reply.substr(reply.find('\n') + 1, 40);
}

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  bench::raw_socket server(what.server);
  const auto command = bench::frame("EVALSHA", load(server), "2", "bench:ids", "bench:messages",
                                    "\"null\"", '"' + bench::payload() + '"');
  std::string commands;
  for (std::size_t i = 0; i < window; ++i) commands += command;

  const bench::stopwatch watch;
  std::size_t sent = std::min(window, what.messages);
  server.write(std::string_view(commands).substr(0, sent * command.size()));
  std::size_t lines = 0;
  while (lines < what.messages) {
    const auto come = server.read();
    lines += static_cast<std::size_t>(std::count(come.begin(), come.end(), '\n'));
    const auto more = std::min(lines + window, what.messages) - sent;
    server.write(std::string_view(commands).substr(0, more * command.size()));
    sent += more;
  }
  watch.report(what.messages);
}
