// The forms of handlers: described structs, chosen fields, objects with state, routers.
#include <sluice/app/app.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/describe.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <utility>

namespace asio = boost::asio;
using namespace std::chrono_literals;

// [structs]
struct charge {
  std::string customer;
  std::int64_t cents = 0;
  std::optional<std::string> note;  // may be missing
};
BOOST_DESCRIBE_STRUCT(charge, (), (customer, cents, note))

struct receipt {
  std::string number;
};
BOOST_DESCRIBE_STRUCT(receipt, (), (number))

asio::awaitable<receipt> bill(charge what) {
  receipt made;
  made.number = "r-" + what.customer;
  co_return made;  // the answer
}
// [/structs]

// [object]
/// Gathers charges and books them together.
class ledger {
 public:
  void consume(const charge& what) { open_ += what.cents; }
  asio::awaitable<void> flush() {  // by interval, and after the last message
    const auto booked = std::exchange(open_, 0);
    if (booked != 0) std::cout << "booked " << booked << " cents" << std::endl;
    co_return;
  }

 private:
  std::int64_t open_ = 0;
};
// [/object]

// [router]
sluice::router charges() {
  sluice::router all;
  all.listen("charge", bill);
  all.listen("charge", ledger(), sluice::listener_options().flush_every(1min));
  all.listen("refund", sluice::arguments("customer", "cents"),
             [](const std::string& customer, std::optional<int> cents) {
               return customer + " gets " + std::to_string(cents.value_or(0)) + " cents back";
             });
  return all;
}
// [/router]

// [ask]
asio::awaitable<void> shop(sluice::client redis) {
  sluice::app web(redis, "web");
  charge what;
  what.customer = "c-17";
  what.cents = 1250;
  auto paid = web.send("billing.charge", what);
  const auto given = co_await paid.read_as<receipt>(10s);
  if (given) std::cout << given->number << std::endl;

  auto refund = web.send("billing.refund", {{"customer", "c-17"}, {"cents", 250}});
  const auto text = co_await refund.read_as<std::string>(10s);
  if (text) std::cout << *text << std::endl;

  auto wrong = web.send("billing.charge", {{"cents", "many"}, {"colour", "red"}});
  try {
    co_await wrong.read(10s);
  } catch (const sluice::error& why) {
    if (why.code() != sluice::error::feedback_error) throw;
    std::cout << why.why().server_text() << std::endl;
  }
}
// [/ask]

asio::awaitable<void> example(sluice::client redis, sluice::app& billing) {
  co_await shop(redis);
  billing.stop();
}

int main() {
  asio::io_context io;
  const char* const url = std::getenv("REDIS_URL");
  sluice::client redis(io.get_executor(), url != nullptr ? url : "redis://localhost");
  sluice::app billing(redis, "billing");
  billing.include(charges(), "billing.");
  asio::co_spawn(io, billing.run(), [&redis](std::exception_ptr failure) {
    redis.stop();
    if (failure) std::rethrow_exception(failure);
  });
  asio::co_spawn(io, example(redis, billing), sluice::rethrow);
  io.run();
}
