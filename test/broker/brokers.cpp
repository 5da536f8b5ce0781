// What is chosen about a cluster, by URLs too.
#include "support/catch.hpp"

#include <sluice/core/error.hpp>
#include <sluice/kafka/brokers.hpp>

#include <string>

namespace {

using sluice::kafka_address;
using sluice::kafka::brokers;

std::string setting(const brokers& of, const std::string& name) {
  for (const auto& [known, value] : of.properties()) {
    if (known == name) return value;
  }
  return {};
}

}  // namespace

TEST_CASE("a URL names brokers, user and password") {
  const brokers made(kafka_address("kafka://app:p%40ss%3A@one:9092,two:9093"));
  CHECK(made.addresses() == "one:9092,two:9093");
  CHECK(setting(made, "sasl.username") == "app");
  CHECK(setting(made, "sasl.password") == "p@ss:");
  CHECK_FALSE(made.speaks_tls());
}

TEST_CASE("kafkas is Kafka over TLS, with what it trusts and what it shows") {
  CHECK(brokers(kafka_address("kafkas://one:9093")).speaks_tls());
  const brokers made(kafka_address(
      "kafkas://one:9093?ca_file=/etc/ca.pem&certificate_file=/etc/me.pem&key_file=/etc/key.pem"));
  CHECK(made.speaks_tls());
  CHECK(setting(made, "ssl.ca.location") == "/etc/ca.pem");
  CHECK(setting(made, "ssl.certificate.location") == "/etc/me.pem");
  CHECK(setting(made, "ssl.key.location") == "/etc/key.pem");
  CHECK(setting(made, "enable.ssl.certificate.verification").empty());
}

TEST_CASE("a URL may ask for no check of certificates") {
  const brokers made(kafka_address("kafkas://one:9093?verify=no"));
  CHECK(setting(made, "enable.ssl.certificate.verification") == "false");
}

TEST_CASE("what librdkafka does not know is refused at once") {
  brokers some("one");
  CHECK_THROWS_AS(some.property("no.such.setting", "1"), sluice::error);
  CHECK_THROWS_AS(some.property("enable.auto.commit", "true"), sluice::error);
  CHECK_NOTHROW(some.property("session.timeout.ms", "6000"));
}
