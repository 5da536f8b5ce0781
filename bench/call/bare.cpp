// The four commands of a call between two processes that do nothing else, each on a socket on which
// it blocks: XADD, XREADGROUP, XADD, XREAD.
#include "harness/raw_socket.hpp"

#include <sys/wait.h>

#include <csignal>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::string_view replies = "bench:replies";

// The whole of a reply that ends with the payload of the one entry in it.
void read_entry(bench::raw_socket& from) {
  const auto end = bench::payload() + "\r\n";
  std::string all;
  while (all.size() < end.size() || all.compare(all.size() - end.size(), end.size(), end) != 0) {
    all += from.read();
    if (all.front() == '-') bench::fail(all);
  }
}

void read_id(bench::raw_socket& from) {
  std::string all(from.read());
  while (all.size() < 2 || all.substr(all.size() - 2) != "\r\n" || all.find('-') == all.npos) {
    all += from.read();
  }
}

[[noreturn]] void serve(const bench::address& where) {
  bench::raw_socket server(where);
  const auto take = bench::frame("XREADGROUP", "GROUP", bench::group, "bare", "COUNT", "1", "NOACK",
                                 "BLOCK", "0", "STREAMS", bench::stream, ">");
  const auto answer = bench::frame("XADD", replies, "*", "payload", bench::payload());
  while (true) {
    server.write(take);
    read_entry(server);
    server.write(answer);
    read_id(server);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  const auto responder = ::fork();
  if (responder == 0) serve(what.server);
  bench::raw_socket server(what.server);
  const auto ask = bench::frame("XADD", bench::stream, "*", "payload", bench::payload());
  // An entry that is read is gone, so that each read finds one.
  const auto hear = bench::frame("XREADGROUP", "GROUP", bench::group, "bare", "COUNT", "1", "NOACK",
                                 "BLOCK", "0", "STREAMS", replies, ">");
  std::vector<long long> took;
  for (std::size_t i = 0; i < what.messages; ++i) {
    const auto begun = bench::now_ns();
    server.write(ask);
    read_id(server);
    server.write(hear);
    read_entry(server);
    took.push_back(bench::now_ns() - begun);
  }
  ::kill(responder, SIGKILL);
  ::waitpid(responder, nullptr, 0);
  bench::report_latencies(std::move(took));
}
