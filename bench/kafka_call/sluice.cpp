// A service over Kafka is called again and again: how long until the answer is there. The brokers
// are those that SLUICE_KAFKA names, or a mock cluster in this process.
#include "harness/sluice_program.hpp"

#include <sluice/app/app.hpp>
#include <sluice/kafka/brokers.hpp>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

// It answers a fetch at once, or when its time is over: real brokers answer when a message comes.
sluice::kafka::brokers mock_brokers() {
  auto* const how = rd_kafka_conf_new();
  rd_kafka_conf_set_log_cb(how, [](const rd_kafka_t*, int, const char*, const char*) {});
  auto* const owner = rd_kafka_new(RD_KAFKA_PRODUCER, how, nullptr, 0);
  const auto* const cluster = rd_kafka_mock_cluster_new(owner, 1);
  return sluice::kafka::brokers(rd_kafka_mock_cluster_bootstraps(cluster))
      .property("fetch.wait.max.ms", "1");
}

sluice::kafka::brokers cluster() {
  const char* const named = std::getenv("SLUICE_KAFKA");
  return named == nullptr ? mock_brokers() : sluice::kafka::brokers(named);
}

asio::awaitable<long long> call(sluice::app& from, const std::string& topic) {
  const auto begin = bench::now_ns();
  auto lane = from.send(topic, 21);
  auto answer = co_await lane.read(30s);
  if (!answer) bench::fail("no answer");
  co_return bench::now_ns() - begin;
}

asio::awaitable<void> call_often(sluice::app& web, sluice::app& service, std::string topic,
                                 std::size_t messages) {
  std::vector<long long> ages;
  // Until the group is there, and the ways are warm.
  for (int i = 0; i < 20; ++i) co_await call(web, topic);
  while (ages.size() < messages) {
    const auto took = co_await call(web, topic);
    ages.push_back(took);
  }
  bench::report_latencies(std::move(ages));
  service.stop();
}

asio::awaitable<void> ask(sluice::client redis, std::size_t messages) {
  const auto where = cluster();
  const auto topic = "bench-" + std::to_string(::getpid());
  sluice::app service(redis, "bench", sluice::app_options().main(where));
  sluice::app web(redis, "web", sluice::app_options().main(where));
  service.listen(topic, [](sluice::request& what) { return what.value().as_int64() * 2; });
  const auto here = co_await asio::this_coro::executor;
  asio::co_spawn(here, call_often(web, service, topic, messages),
                 [](const std::exception_ptr& failure) {
                   if (failure) bench::fail("a call failed");
                 });
  co_await service.run();
}

}  // namespace

int main(int argc, char** argv) {
  const auto what = bench::read_task(argc, argv);
  return bench::run_program(
      what, [&](sluice::client redis) { return ask(std::move(redis), what.messages); });
}
