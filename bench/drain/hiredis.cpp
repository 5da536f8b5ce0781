// Drains a group with hiredis, pipelined by hand: two batches are always asked for, and each is
// acknowledged when it has been read.
#include "drain/drain.hpp"
#include "harness/hiredis_connection.hpp"

#include <string>
#include <vector>

namespace {

class drain {
 public:
  explicit drain(const bench::address& where) : server_(where) {}

  std::size_t run(std::size_t messages) {
    ask();
    ask();
    while (worked_on_ < messages) take_batch(messages);
    while (acknowledgements_ > 0) take_acknowledgement();
    return worked_on_;
  }

 private:
  void ask() {
    server_.append({"XREADGROUP", "GROUP", bench::group, "hiredis", "COUNT", count_, "STREAMS",
                    bench::stream, ">"});
  }

  // Replies come as they were asked for: two batches, then an acknowledgement before each.
  void take_batch(std::size_t messages) {
    if (batches_ >= 2) take_acknowledgement();
    const auto reply = server_.reply();
    if (reply->type != REDIS_REPLY_ARRAY) bench::fail("the stream has fewer entries");
    const auto* const entries = reply->element[0]->element[1];
    acknowledge_ = {"XACK", bench::stream, bench::group};
    for (std::size_t i = 0; i < entries->elements; ++i) {
      const auto* const entry = entries->element[i];
      const auto* const id = entry->element[0];
      bytes_ += entry->element[1]->element[1]->len;
      acknowledge_.emplace_back(id->str, id->len);
    }
    ++batches_;
    worked_on_ += entries->elements;
    server_.append(acknowledge_);
    ++acknowledgements_;
    if (worked_on_ + bench::batch_size < messages) ask();
  }

  void take_acknowledgement() {
    if (server_.reply()->type != REDIS_REPLY_INTEGER) bench::fail("not acknowledged");
    --acknowledgements_;
  }

  bench::hiredis_connection server_;
  std::string count_ = std::to_string(bench::batch_size);
  std::vector<std::string_view> acknowledge_;
  std::size_t batches_ = 0;
  std::size_t worked_on_ = 0;
  std::size_t acknowledgements_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  drain peer(what.server);
  const bench::stopwatch watch;
  watch.report(peer.run(what.messages));
}
