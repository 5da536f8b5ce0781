// Drains a group with all commands written beforehand and all replies only counted in bytes: two
// batches are always asked for, and each is acknowledged when it has come.
#include "drain/drain.hpp"
#include "harness/raw_socket.hpp"

#include <string>
#include <vector>

namespace {

std::string read_command() {
  return bench::frame("XREADGROUP", "GROUP", bench::group, "null", "COUNT",
                      std::to_string(bench::batch_size), "STREAMS", bench::stream, ">");
}

std::string acknowledge_command(std::size_t batch) {
  std::string out = "*" + std::to_string(3 + bench::batch_size) + "\r\n";
  const auto append = [&out](std::string_view argument) {
    out.append("$").append(std::to_string(argument.size())).append("\r\n");
    out.append(argument).append("\r\n");
  };
  append("XACK");
  append(bench::stream);
  append(bench::group);
  for (std::size_t i = 0; i < bench::batch_size; ++i) {
    append(bench::id_of(batch * bench::batch_size + i));
  }
  return out;
}

std::size_t batch_reply_size() {
  std::string reply = "*1\r\n*2\r\n$" + std::to_string(bench::stream.size()) + "\r\n";
  reply.append(bench::stream).append("\r\n*" + std::to_string(bench::batch_size) + "\r\n");
  const auto entry = "*2\r\n$15\r\n" + bench::id_of(0) + "\r\n*2\r\n$7\r\npayload\r\n$64\r\n" +
                     bench::payload() + "\r\n";
  return reply.size() + bench::batch_size * entry.size();
}

std::size_t acknowledge_reply_size() {
  return std::string(":" + std::to_string(bench::batch_size) + "\r\n").size();
}

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  const auto batches = what.messages / bench::batch_size;
  const auto read = read_command();
  std::vector<std::string> rounds;
  for (std::size_t i = 0; i < batches; ++i) {
    rounds.push_back(acknowledge_command(i));
    if (i + 2 < batches) rounds.back() += read;
  }
  bench::raw_socket server(what.server);

  const bench::stopwatch watch;
  server.write(read + read);
  // The first two replies are batches; then come pairs of an acknowledgement and a batch.
  const auto batch_size = batch_reply_size();
  const auto pair_size = acknowledge_reply_size() + batch_size;
  const auto complete = batches * batch_size + batches * acknowledge_reply_size();
  std::size_t bytes = 0;
  std::size_t answered = 0;
  while (bytes < complete) {
    bytes += server.read().size();
    const auto come =
        bytes < 2 * batch_size ? bytes / batch_size : 2 + (bytes - 2 * batch_size) / pair_size;
    for (; answered < std::min(come, batches); ++answered) server.write(rounds[answered]);
  }
  watch.report(batches * bench::batch_size);
}
