// A user's program whose messages travel over Kafka.

#include <sluice/app/app.hpp>
#include <sluice/kafka/brokers.hpp>

#include <boost/asio/io_context.hpp>

int main() {
  boost::asio::io_context io;
  const sluice::client redis(io.get_executor(), "redis://localhost");
  const auto cluster = sluice::kafka::brokers("localhost:9092").user("app", "secret").tls();
  sluice::app billing(redis, "billing", sluice::app_options().main(cluster));
  billing.listen("charge", [](sluice::request& what) { what.respond("done"); });
  sluice::kafka::enable();
  const auto streams = "main=kafka://localhost:9092&feedback=redis://localhost";
  const sluice::app web(io.get_executor(), streams, "web");
  return billing.name() == "billing" && web.name() == "web" ? 0 : 1;
}
