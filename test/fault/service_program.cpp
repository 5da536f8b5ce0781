// A process of services that is there to be killed.
//
//   sluice_fault_service URL count|ask streams|lists
//
// `count` answers a number with all numbers below it; `ask` asks for very many and reads only one.
#include <sluice/app/app.hpp>
#include <sluice/redis/client.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <string_view>
#include <utility>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

asio::awaitable<void> count(sluice::request& what) {
  const auto end = what.value().as_int64();
  for (std::int64_t n = 0; n < end; ++n) {
    what.respond(n);
    co_await what.room();
  }
}

asio::awaitable<void> answer(sluice::client redis, sluice::app_options how) {
  sluice::app counting(redis, "counting", std::move(how));
  counting.listen("count", count, sluice::listener_options().heartbeat(50ms));
  co_await counting.run();
}

asio::awaitable<void> ask(sluice::client redis, sluice::app_options how) {
  sluice::app web(redis, "web", std::move(how));
  auto lane = web.send("count", 1'000'000);
  co_await lane.next();
  // Reads nothing more, for ever.
  auto idle = web.run();
  co_await std::move(idle);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  asio::io_context io;
  sluice::client redis(io.get_executor(), argv[1]);
  sluice::app_options how;
  if (std::string_view(argv[3]) == "lists") how.main(sluice::carrier::lists);
  const auto act = std::string_view(argv[2]) == "count" ? answer : ask;
  asio::co_spawn(io, act(std::move(redis), std::move(how)), [](const std::exception_ptr& failure) {
    if (failure) std::rethrow_exception(failure);
  });
  io.run();
}
