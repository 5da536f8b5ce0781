// A process with a pipeline that is there to be killed.
//
//   sluice_fault_pipeline URL MEMBER SECONDS SINK TARGET STREAM...
//
// What it reads of the group `copy` of the streams ends in the sink: once, batches, slow, stream,
// list or file. It ends when nothing came for so long. A link that breaks stays broken.
#include <sluice/flow.hpp>
#include <sluice/redis/client.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>

namespace {

namespace asio = boost::asio;
namespace flow = sluice::flow;
using namespace std::chrono_literals;

std::string number(const sluice::entry& which) { return std::string(which.field("n")); }

sluice::fields copied(const sluice::entry& which) { return sluice::fields("n", number(which)); }

asio::awaitable<sluice::fields> slowly_copied(const sluice::entry& which) {
  auto made = copied(which);
  asio::steady_timer timer(co_await asio::this_coro::executor, 1ms);
  co_await timer.async_wait(asio::use_awaitable);
  co_return made;
}

flow::pipeline make(const sluice::client& redis, sluice::group from, std::string_view sink,
                    const std::string& target) {
  auto entries = flow::from_group(redis, std::move(from));
  auto copying = flow::map(copied);
  auto once = flow::to_stream_once(redis, target);
  if (sink == "once") return std::move(entries) | copying | once;
  if (sink == "batches") return std::move(entries) | copying | flow::partition(4, 5ms) | once;
  if (sink == "slow") return std::move(entries) | flow::map(slowly_copied).concurrency(8) | once;
  if (sink == "stream") return std::move(entries) | copying | flow::to_stream(redis, target);
  auto numbers = std::move(entries) | flow::map(number);
  if (sink == "list") return std::move(numbers) | flow::to_list(redis, target);
  return std::move(numbers) | flow::to_file(target);
}

asio::awaitable<void> run(flow::pipeline all) { co_await all.run(); }

}  // namespace

int main(int argc, char** argv) {
  if (argc < 7) return 2;
  asio::io_context io;
  sluice::connection_options how(argv[1]);
  how.backoff(1h, 1h);
  sluice::group membership("copy");
  membership.consumer(argv[2]).heartbeat(50ms).claim_timeout(500ms);
  membership.wait(std::chrono::duration<double>(std::atof(argv[3])));
  for (int i = 6; i < argc; ++i) membership.stream(argv[i]);
  auto all = make(sluice::client(io.get_executor(), how), membership, argv[4], argv[5]);
  asio::co_spawn(io, run(std::move(all)), [](const std::exception_ptr& failure) {
    if (failure) std::rethrow_exception(failure);
  });
  io.run();
}
