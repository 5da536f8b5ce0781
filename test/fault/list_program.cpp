// A process with a pipeline on a list, which dies of one of its elements.
//
//   sluice_fault_list URL LIST TARGET ATTEMPTS
//
// Elements go to the target, a list, but for `deadly`. It ends when nothing came for a second.
#include <sluice/flow.hpp>
#include <sluice/redis/client.hpp>
#include <sluice/redis/command.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <string>
#include <utility>

namespace {

namespace asio = boost::asio;
namespace flow = sluice::flow;
using namespace std::chrono_literals;

struct worker {
  asio::awaitable<void> operator()(const flow::list_element& which) {
    if (which.text() == "deadly") std::_Exit(1);
    sluice::command add("RPUSH");
    add.arg(target, which.text());
    co_await redis.exec(std::move(add));
  }
  sluice::client redis;
  std::string target;
};

flow::pipeline make(const sluice::client& redis, char** words) {
  const auto how = flow::lists(words[0]).heartbeat(50ms).wait(1s);
  const auto retry = sluice::retry_policy::fixed(1ms).attempts(std::atoi(words[2]));
  return flow::from_list(redis, how, retry) | flow::sink(worker{redis, words[1]}).concurrency(4);
}

asio::awaitable<void> run(flow::pipeline all) { co_await all.run(); }

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  asio::io_context io;
  auto all = make(sluice::client(io.get_executor(), argv[1]), argv + 2);
  asio::co_spawn(io, run(std::move(all)), [](const std::exception_ptr& failure) {
    if (failure) std::rethrow_exception(failure);
  });
  io.run();
}
