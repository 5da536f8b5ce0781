// Sends what telstar's programs have staged in an SQLite database, until SIGTERM.
//
//   staged_sender DATABASE
//
// The server is REDIS_URL.

#include <sluice/outbox/publisher.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;
namespace outbox = sluice::outbox;
using namespace std::chrono_literals;

namespace {

void publish(const std::string& database) {
  asio::io_context io;
  sluice::client redis(io.get_executor(), std::getenv("REDIS_URL"));
  // Small batches, so that a kill finds one under way; short pauses after failures.
  outbox::publisher_options how;
  how.from(outbox::table(outbox::table_layout::telstar_peewee)).batch(5);
  how.poll_interval(50ms).backoff(20ms, 200ms);
  outbox::publisher out(redis, "sqlite3://db=" + database + " timeout=30", how);
  asio::signal_set signals(io, SIGTERM);
  signals.async_wait([&out](auto ended, int) {
    if (!ended) out.stop();
  });
  asio::co_spawn(io, out.run(), [&](const std::exception_ptr& failure) {
    signals.cancel();
    redis.stop();
    if (failure) std::rethrow_exception(failure);
  });
  io.run();
}

}  // namespace

int main(int count, char** words) {
  if (count != 2) return 2;
  try {
    publish(words[1]);
  } catch (const std::exception& why) {
    std::cerr << why.what() << '\n';
    return 1;
  }
}
