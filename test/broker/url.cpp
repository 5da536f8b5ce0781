// Kafka's URLs, as Sluice and as streamback write them.
#include "support/catch.hpp"

#include <sluice/core/error.hpp>
#include <sluice/kafka/brokers.hpp>

#include <string>

namespace {

using sluice::kafka::brokers;

std::string setting(const brokers& of, const std::string& name) {
  for (const auto& [known, value] : of.properties()) {
    if (known == name) return value;
  }
  return {};
}

std::string refusal(const std::string& url) {
  try {
    brokers::from_url(url);
  } catch (const sluice::error& why) {
    CHECK(why.code() == sluice::errc::invalid_url);
    return why.why().message();
  }
  return {};
}

}  // namespace

TEST_CASE("a URL names one broker or several") {
  CHECK(brokers::from_url("kafka://one:9092").addresses() == "one:9092");
  CHECK(brokers::from_url("kafka://one:1,two:2/").addresses() == "one:1,two:2");
  CHECK(brokers::from_url("kafka://one").addresses() == "one");
}

TEST_CASE("a URL names user and password, encoded as in any URL") {
  const auto made = brokers::from_url("kafka://app:p%40ss%3A@one:9092");
  CHECK(made.addresses() == "one:9092");
  CHECK(setting(made, "sasl.username") == "app");
  CHECK(setting(made, "sasl.password") == "p@ss:");
  CHECK_FALSE(made.speaks_tls());
}

TEST_CASE("credentials are understood as streamback writes them") {
  const auto made = brokers::from_url("kafka://app@secret:one:9092,two:9093");
  CHECK(made.addresses() == "one:9092,two:9093");
  CHECK(setting(made, "sasl.username") == "app");
  CHECK(setting(made, "sasl.password") == "secret");
}

TEST_CASE("kafkas is Kafka over TLS") {
  CHECK(brokers::from_url("kafkas://one:9093").speaks_tls());
}

TEST_CASE("what is wrong with a URL is named, and no password with it") {
  CHECK(refusal("http://one") == "Kafka's URL: it begins with 'kafka://' or 'kafkas://'");
  CHECK(refusal("kafka://") == "Kafka's URL: it names no host");
  CHECK(refusal("kafka://one:1,:2") == "Kafka's URL: it names no host");
  CHECK(refusal("kafka://one:port") == "Kafka's URL: the port 'port' is no number");
  CHECK(refusal("kafka://app@one:9092") == "Kafka's URL: the user has no password");
  CHECK(refusal("kafka://app:%zz@one") == "Kafka's URL: the password is not well encoded");
}

TEST_CASE("what librdkafka does not know is refused at once") {
  brokers some("one");
  CHECK_THROWS_AS(some.property("no.such.setting", "1"), sluice::error);
  CHECK_THROWS_AS(some.property("enable.auto.commit", "true"), sluice::error);
  CHECK_NOTHROW(some.property("session.timeout.ms", "6000"));
}
