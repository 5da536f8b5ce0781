// A service whose messages travel over Kafka, while answers come over Redis.

#include <sluice/app/app.hpp>
#include <sluice/kafka/brokers.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

namespace asio = boost::asio;
using namespace std::chrono_literals;

// [cluster]
sluice::kafka::brokers cluster(const std::string& addresses) {
  sluice::kafka::brokers made(addresses);
  const char* const password = std::getenv("KAFKA_PASSWORD");
  if (password != nullptr) made.user("billing", password).tls();
  return made.send_within(10s).property("fetch.wait.max.ms", "50");
}
// [/cluster]

// [call]
asio::awaitable<void> charge(sluice::app& web) {
  boost::json::value order{{"customer", "c-17"}, {"total", 1250}};
  const auto key = sluice::send_options().key("c-17");  // orders of a customer keep their order
  auto lane = web.send("charge", std::move(order), key);
  co_await lane.sent();  // every replica has it
  auto receipt = co_await lane.read(30s);
  if (receipt) std::cout << "receipt " << *receipt << '\n';
}
// [/call]

// [serve]
asio::awaitable<void> trade(sluice::client redis, std::string addresses) {
  sluice::app billing(redis, cluster(addresses), "billing");
  billing.listen("charge", [](sluice::request& what) {
    std::cout << "charging " << what.value().at("customer").as_string() << '\n';
    return boost::json::value{{"ok", true}};
  });
  sluice::app web(redis, cluster(addresses), "web");
  const auto executor = co_await asio::this_coro::executor;
  asio::co_spawn(executor, billing.run(), sluice::rethrow);
  co_await charge(web);
  billing.stop();
}
// [/serve]

std::string environment(const char* name, const char* otherwise) {
  const char* const found = std::getenv(name);
  return found == nullptr ? otherwise : found;
}

int main() {
  asio::io_context io;
  sluice::client redis(io.get_executor(), environment("REDIS_URL", "redis://localhost"));
  const auto addresses = environment("KAFKA", "localhost:9092");
  asio::co_spawn(io, trade(std::move(redis), addresses), sluice::rethrow);
  io.run();
}
