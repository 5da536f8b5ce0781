// Many group consumers of one process wait for one stream; then it fills at once. What does each
// cost while it waits, and do they work on it as fast as a single one?
#include "harness/raw_socket.hpp"
#include "harness/sluice_program.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <malloc.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace {

struct progress {
  std::vector<std::shared_ptr<sluice::group_consumer>> consumers;
  std::size_t messages;
  std::size_t worked_on = 0;
  std::optional<bench::stopwatch> watch{};
};

boost::asio::awaitable<void> work(std::shared_ptr<sluice::group_consumer> entries,
                                  std::shared_ptr<progress> all) {
  while (auto entry = co_await entries->get_entry()) {
    if (!all->watch) all->watch.emplace();
    std::move(*entry).ack_later();
    if (++all->worked_on < all->messages) continue;
    all->watch->report(all->messages);
    for (const auto& each : all->consumers) each->close();
  }
  all->consumers.clear();
}

boost::asio::awaitable<void> pause(sluice::client redis, std::chrono::milliseconds time) {
  boost::asio::steady_timer timer(redis.get_executor(), time);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

boost::asio::awaitable<void> report_waiting(sluice::client redis, std::size_t bytes,
                                            std::size_t consumers) {
  const auto reply = co_await redis.exec("CLIENT", "LIST");
  const auto list = reply.as<std::string>();
  std::printf("{\"consumers\": %zu, \"bytes_each\": %zu, \"connections\": %td}\n", consumers,
              bytes / consumers, std::count(list.begin(), list.end(), '\n'));
}

// In one step, so that what is measured is the consumers' speed and not the adder's.
void fill(const bench::task& what) {
  bench::raw_socket server(what.server);
  server.write(bench::frame("EVAL",
                            "for i = 1, ARGV[1] do "
                            "redis.call('XADD', KEYS[1], '*', 'payload', ARGV[2]) end",
                            "1", bench::stream, std::to_string(what.messages), bench::payload()));
  server.read();
}

boost::asio::awaitable<void> wait_and_work(sluice::client redis, const bench::task& what,
                                           std::thread& filling) {
  co_await redis.connect();
  const auto all = std::make_shared<progress>(progress{.consumers = {}, .messages = what.messages});
  const auto before = ::mallinfo2().uordblks;
  for (std::size_t i = 0; i < what.consumers; ++i) {
    auto member = sluice::group(std::string(bench::group)).stream(std::string(bench::stream));
    member.consumer(std::to_string(i)).prefetch(2 * bench::batch_size);
    all->consumers.push_back(std::make_shared<sluice::group_consumer>(redis, std::move(member)));
    boost::asio::co_spawn(redis.get_executor(), work(all->consumers.back(), all), sluice::rethrow);
  }
  co_await pause(redis, std::chrono::seconds(3));
  co_await report_waiting(redis, ::mallinfo2().uordblks - before, what.consumers);
  filling = std::thread(fill, what);
}

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  std::thread filling;
  bench::run_program(
      what, [&](sluice::client redis) { return wait_and_work(std::move(redis), what, filling); });
  filling.join();
}
