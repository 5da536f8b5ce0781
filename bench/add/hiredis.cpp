// Adds entries with hiredis, pipelined by hand: as many leave as replies have come.
#include "harness/hiredis_connection.hpp"

#include <algorithm>
#include <string>

namespace {

class adder {
 public:
  explicit adder(const bench::address& where) : server_(where) {}

  void run(std::size_t messages) {
    append_up_to(std::min(bench::window, messages));
    for (std::size_t confirmed = 0; confirmed < messages;) {
      if (server_.reply()->type != REDIS_REPLY_STRING) bench::fail("not an id");
      ++confirmed;
      while (server_.buffered_reply()) ++confirmed;
      append_up_to(std::min(confirmed + bench::window, messages));
    }
  }

 private:
  void append_up_to(std::size_t count) {
    for (; sent_ < count; ++sent_) {
      server_.append({"XADD", bench::stream, "*", "payload", payload_});
    }
  }

  bench::hiredis_connection server_;
  std::string payload_ = bench::payload();
  std::size_t sent_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  adder peer(what.server);
  const bench::stopwatch watch;
  peer.run(what.messages);
  watch.report(what.messages);
}
