// What does it cost to frame a reply, to read it and to write a command? Under callgrind the counts
// are exact: valgrind --tool=callgrind bench_resp_scan 100
#include "resp/scanner.hpp"
#include "resp/writer.hpp"

#include <sluice/resp/value.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

namespace resp = sluice::resp;

constexpr int entries = 100;
constexpr int tokens_an_entry = 5;  // the pair, the id, the list of fields, a name and its value

// The reply to an XREADGROUP of `entries` entries with one field of 64 bytes.
std::string group_reply() {
  const std::string payload(64, 'x');
  std::string reply = "%1\r\n$6\r\norders\r\n*" + std::to_string(entries) + "\r\n";
  for (int i = 0; i < entries; ++i) {
    const std::string id = "1526919030474-" + std::to_string(i);
    reply += "*2\r\n$" + std::to_string(id.size()) + "\r\n" + id + "\r\n*2\r\n$1\r\nd\r\n$64\r\n" +
             payload + "\r\n";
  }
  return reply;
}

std::size_t frame(const std::string& reply) {
  resp::scanner scan;
  scan.scan(reply);
  return scan.size();
}

// A reply that comes in reads of 1400 bytes, as over a network.
std::size_t frame_in_reads(const std::string& reply) {
  resp::scanner scan;
  for (std::size_t seen = 1400; seen < reply.size(); seen += 1400) {
    scan.scan(std::string_view(reply).substr(0, seen));
  }
  scan.scan(reply);
  return scan.size();
}

std::size_t walk(const std::string& reply) {
  std::size_t bytes = 0;
  const resp::value root{std::string_view(reply)};
  for (const resp::value entry : root[1]) {
    for (const resp::value part : entry) {
      bytes += part.text().size();
      for (const resp::value field : part) bytes += field.text().size();
    }
  }
  return bytes;
}

std::size_t write_appends(const std::string& payload) {
  static std::array<char, entries * 256> out;
  resp::encoder encoder(out.data());
  for (int i = 0; i < entries; ++i) {
    encoder.header(5).argument("XADD").argument("orders").argument("*").argument("d");
    encoder.argument(payload);
  }
  return static_cast<std::size_t>(encoder.position() - out.data());
}

// Nanoseconds and bytes an entry.
template <class Work>
void report(const char* question, int rounds, Work work) {
  std::size_t bytes = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (int round = 0; round < rounds; ++round) bytes += work();
  const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - begin;
  const double each = spent.count() / rounds / entries;
  std::printf("%-28s %8.1f ns an entry %8.2f ns a token %10.0f MB/s\n", question, each,
              each / tokens_an_entry, static_cast<double>(bytes) / spent.count() * 1000);
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 20'000;
  const std::string reply = group_reply();
  const std::string payload(64, 'x');
  report("frame a group reply", rounds, [&] { return frame(reply); });
  report("frame it in 1400-byte reads", rounds, [&] { return frame_in_reads(reply); });
  report("walk its fields", rounds, [&] { return walk(reply); });
  report("write XADD commands", rounds, [&] { return write_appends(payload); });
}
