// Works on orders: many at once, with retries and dead letters, until Ctrl-C.
#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>

namespace asio = boost::asio;
using namespace std::chrono_literals;

struct card_declined : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// [around]
std::string number_of(const sluice::entry& order) { return std::string(order.field("number")); }

void log(const sluice::handling& what) {
  if (what.what != sluice::handling::phase::failed) return;
  std::clog << what.stream << ' ' << what.id << ": " << what.error_text << std::endl;
}

sluice::worker_options in_good_hands(sluice::worker_options how) {
  how.wrap(sluice::log_entries(log));             // the outermost
  how.wrap(sluice::deduplicate(number_of, 24h));  // an order that was sent twice is billed once
  how.wrap(sluice::rate_limit(100, 20));          // 100 a second, 20 at once after a rest
  how.wrap(sluice::time_limit(30s));              // for the handler alone, not for the waiting
  return how;
}
// [/around]

// [worker]
asio::awaitable<void> bill(sluice::delivery& order) {
  const auto total = std::stod(std::string(order.field("total")));  // may throw
  if (total > 1'000) throw card_declined("limit exceeded");
  std::cout << "billed " << order.field("customer") << std::endl;
  co_return;  // acknowledged
}

sluice::worker make_worker(sluice::client redis) {
  sluice::group membership("billing");
  membership.stream("orders").heartbeat(1s).claim_timeout(10s);

  sluice::error_handlers errors;
  errors.on<card_declined>([](const card_declined& why, const sluice::delivery&) {
    return sluice::verdict::reject(why.what());  // a dead letter at once
  });

  auto how = sluice::concurrency(64).errors(errors);
  how.retry(sluice::retry_policy::exponential(100ms, 1min).attempts(3));
  return sluice::worker(redis, membership, bill, in_good_hands(how));
}
// [/worker]

// [stop]
int main() {
  asio::io_context io;
  const char* const url = std::getenv("REDIS_URL");
  sluice::client redis(io.get_executor(), url != nullptr ? url : "redis://localhost");
  auto worker = make_worker(redis);
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&worker](auto ended, int) {
    if (!ended) worker.stop();  // handlers finish; what was read ahead goes to others
  });
  asio::co_spawn(io, worker.run(), [&](std::exception_ptr failure) {
    signals.cancel();
    redis.stop();
    if (failure) std::rethrow_exception(failure);
  });
  io.run();
}
// [/stop]
