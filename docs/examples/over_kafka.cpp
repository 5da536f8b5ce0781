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
#include <stdexcept>
#include <string>

namespace asio = boost::asio;
using namespace std::chrono_literals;

std::string environment(const char* name, const char* otherwise) {
  const char* const found = std::getenv(name);
  return found == nullptr ? otherwise : found;
}

// [cluster]
sluice::kafka::brokers cluster(const std::string& addresses) {
  sluice::kafka::brokers made(addresses);  // "kafka-1:9092,kafka-2:9092"
  const auto password = environment("KAFKA_PASSWORD", "");
  if (!password.empty()) made.user("billing", password).trust("/etc/ssl/kafka-ca.pem");
  return made.send_within(10s).property("fetch.wait.max.ms", "50");
}
// [/cluster]

// [serve]
void serve(sluice::app& billing) {
  billing.listen("charge", [](sluice::request& what) {
    const auto cents = what.value().at("cents").as_int64();
    if (cents < 0) throw std::invalid_argument("nobody is charged less than nothing");
    std::cout << "charging " << what.value().at("customer").as_string() << std::endl;
    return boost::json::value{{"ok", true}};
  });
}
// [/serve]

// [call]
asio::awaitable<void> charge(sluice::app& web) {
  boost::json::value order{{"customer", "c-17"}, {"cents", 1250}};
  const auto key = sluice::send_options().key("c-17");  // orders of a customer keep their order
  auto lane = web.send("charge", std::move(order), key);
  co_await lane.sent();  // every replica has it
  auto receipt = co_await lane.read(30s);
  if (receipt) std::cout << "receipt " << *receipt << '\n';
}
// [/call]

asio::awaitable<void> trade(std::string kafka, std::string redis_url) {
  const auto executor = co_await asio::this_coro::executor;
  // [string]
  sluice::kafka::enable();  // once, at the beginning of the program
  sluice::app web(executor, "main=kafka://" + kafka + "&feedback=" + redis_url, "web");
  // [/string]
  // [typed]
  const sluice::client redis(executor, redis_url);
  sluice::app billing(redis, "billing", sluice::app_options().main(cluster(kafka)));
  // [/typed]
  serve(billing);
  asio::co_spawn(executor, billing.run(), sluice::rethrow);
  co_await charge(web);
  billing.stop();
}

int main() {
  asio::io_context io;
  const auto kafka = environment("KAFKA", "localhost:9092");
  asio::co_spawn(io, trade(kafka, environment("REDIS_URL", "redis://localhost")), sluice::rethrow);
  io.run();
}
