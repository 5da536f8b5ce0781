// Takes the elements of a list in a loop of its own, a hundred at a time; 2 as third argument keeps
// them in another list until they are done with.
#include "harness/sluice_program.hpp"

#include <cstddef>
#include <string>
#include <utility>

namespace {

constexpr std::size_t at_a_time = 100;

const std::string list(bench::stream);
const std::string mine = list + ":mine";

boost::asio::awaitable<std::size_t> pop(sluice::client redis) {
  const auto taken = co_await redis.exec(sluice::command("LPOP").arg(list, at_a_time));
  std::size_t bytes = 0;
  for (const auto& each : taken.value()) bytes += each.text().size();
  co_return bytes;
}

boost::asio::awaitable<std::size_t> move(sluice::client redis) {
  sluice::transaction moves;
  for (std::size_t i = 0; i < at_a_time; ++i) {
    moves.add(std::move(sluice::command("LMOVE").arg(list, mine, "LEFT", "LEFT")));
  }
  const auto taken = co_await redis.exec(std::move(moves));
  sluice::transaction removals;
  std::size_t bytes = 0;
  for (const auto& each : taken) {
    const auto text = each->value().text();
    bytes += text.size();
    removals.add(std::move(sluice::command("LREM").arg(mine, 1, text)));
  }
  co_await redis.exec(std::move(removals));
  co_return bytes;
}

boost::asio::awaitable<std::size_t> take_some(sluice::client redis, bool keep) {
  return keep ? move(std::move(redis)) : pop(std::move(redis));
}

boost::asio::awaitable<void> take(sluice::client redis, std::size_t messages, bool keep) {
  co_await redis.connect();
  const bench::stopwatch watch;
  std::size_t bytes = 0;
  for (std::size_t done = 0; done < messages; done += at_a_time) {
    const auto some = co_await take_some(redis, keep);
    bytes += some;
  }
  watch.report(messages);
  if (bytes != messages * bench::payload_size) bench::fail("these are other elements");
}

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  return bench::run_program(
      what, [&](sluice::client redis) { return take(redis, what.messages, what.consumers == 2); });
}
