// The line that says where an app's messages and answers travel, and what its topics are called.
#include "app/topic_prefix.hpp"
#include "support/catch.hpp"

#include <sluice/app/app_options.hpp>
#include <sluice/app/streams_string.hpp>
#include <sluice/core/error.hpp>

#include <string>

namespace {

using sluice::answers_by;
using sluice::carrier;
using sluice::kafka_address;
using sluice::streams_string;
using sluice::topic_prefix;

std::string refusal_of(const std::string& text) {
  try {
    streams_string read(text);
  } catch (const sluice::error& why) {
    CHECK(why.code() == sluice::error::invalid_url);
    return why.why().message();
  }
  return "it was accepted";
}

TEST_CASE(
    "streamback's string with two Redis servers means lists on the one, answers on the other") {
  const streams_string read(
      "main=redis://queue:6379&feedback=redis://answers:6380&topics_prefix=prod&group=web");
  CHECK(read.main() == carrier::lists);
  REQUIRE(read.redis());
  CHECK(read.redis()->host() == "queue");
  CHECK(read.redis()->port() == 6379);
  REQUIRE(read.feedback());
  CHECK(read.feedback()->host() == "answers");
  CHECK(read.feedback()->port() == 6380);
  CHECK_FALSE(read.answers());
  CHECK(read.topics_prefix() == "prod");
  CHECK(read.group() == "web");
}

TEST_CASE("the settings may come in any order, and only main is needed") {
  const streams_string read("group=web&main=redis://queue");
  CHECK(read.redis()->host() == "queue");
  CHECK_FALSE(read.feedback());
  CHECK(read.topics_prefix().empty());
}

TEST_CASE("Redis streams are asked for by a word before the URL") {
  CHECK(streams_string("main=streams+redis://queue").main() == carrier::streams);
  CHECK(streams_string("main=streams+rediss://queue").main() == carrier::streams);
  const streams_string read("main=streams+unix:///run/redis.sock&feedback=streams+redis://answers");
  CHECK(read.redis()->path() == "/run/redis.sock");
  CHECK(read.answers() == answers_by::reply_stream);
}

TEST_CASE("a full URL keeps its password, its database and its parameters") {
  const streams_string read(
      "main=rediss://ann:p%26q%3Dr%40s@queue:7000/3?timeout=5s&name=billing&feedback=redis://:x@b/"
      "1");
  CHECK(read.redis()->kind() == sluice::connection_options::scheme::tls);
  CHECK(read.redis()->user() == "ann");
  CHECK(read.redis()->password() == "p&q=r@s");
  CHECK(read.redis()->database() == 3);
  CHECK(read.redis()->timeout().count() == 5'000);
  CHECK(read.redis()->name() == "billing");
  CHECK(read.feedback()->password() == "x");
  CHECK(read.feedback()->database() == 1);
}

TEST_CASE("nothing but URLs is unescaped, and a value may hold '='") {
  const streams_string read("main=redis://queue?db=2&topics_prefix=a%20b=c");
  CHECK(read.topics_prefix() == "a%20b=c");
  CHECK(read.redis()->database() == 2);
}

TEST_CASE(
    "Kafka is read as streamback writes it: user and password before the brokers, as they are") {
  const streams_string read(
      "main=kafka://ann@s%41cret:k1:9092,k2:9093&feedback=redis://answers:6379");
  CHECK(read.main() == carrier::kafka);
  CHECK_FALSE(read.redis());
  REQUIRE(read.kafka());
  CHECK(read.kafka()->brokers() == "k1:9092,k2:9093");
  CHECK(read.kafka()->user() == "ann");
  CHECK(read.kafka()->password() == "s%41cret");
  CHECK_FALSE(read.kafka()->tls());
}

TEST_CASE("Kafka is read as a URL as well, with escapes and TLS") {
  const kafka_address read(
      "kafkas://ann:p%40%26s@k1:9092,[::1]:9093?ca_file=/etc/ca.pem&verify=no");
  CHECK(read.brokers() == "k1:9092,[::1]:9093");
  CHECK(read.user() == "ann");
  CHECK(read.password() == "p@&s");
  REQUIRE(read.tls());
  CHECK(read.tls()->ca_file() == "/etc/ca.pem");
  CHECK_FALSE(read.tls()->verify());
  CHECK(kafka_address("kafka://k1:9092").user().empty());
}

TEST_CASE("what is wrong with a streams string is said of its part") {
  CHECK_THAT(refusal_of(""), Catch::Matchers::Contains("part 1"));
  CHECK_THAT(refusal_of("feedback=redis://a"), Catch::Matchers::Contains("main: it is missing"));
  CHECK_THAT(refusal_of("main="), Catch::Matchers::Contains("main: it is missing"));
  CHECK_THAT(refusal_of("main=amqp://a"), Catch::Matchers::Contains("main: redis://"));
  CHECK_THAT(refusal_of("main=redis://a&main=redis://b"),
             Catch::Matchers::Contains("main: it is given twice"));
  CHECK_THAT(refusal_of("main=redis://a:99999"), Catch::Matchers::Contains("main: the URL's port"));
  CHECK_THAT(refusal_of("main=redis://a&feedback=kafka://b:1"),
             Catch::Matchers::Contains("feedback: redis://"));
  CHECK_THAT(refusal_of("main=redis://a&feedback=redis://a?db=x"),
             Catch::Matchers::Contains("feedback: the URL's"));
  CHECK_THAT(refusal_of("main=redis://a&topic_prefix=b"), Catch::Matchers::Contains("part 2"));
  CHECK_THAT(refusal_of("main=redis://a?db=1&topic_prefix=b"), Catch::Matchers::Contains("part 2"));
  CHECK_THAT(refusal_of("main=kafka://a:1"), Catch::Matchers::Contains("feedback: it is missing"));
  CHECK_THAT(refusal_of("main=kafka://a&feedback=redis://b"),
             Catch::Matchers::Contains("broker 1"));
  CHECK_THAT(refusal_of("main=kafka://a:1,b:0&feedback=redis://b"),
             Catch::Matchers::Contains("broker 2"));
  CHECK_THAT(refusal_of("main=kafka://a:1?verify=no&feedback=redis://b"),
             Catch::Matchers::Contains("use kafkas"));
}

TEST_CASE("no refusal shows a password, however it is cut") {
  for (const std::string password :
       {"hush&hush", "hush=hush&x=hush", "hush/hush", "hush?hush=hush", "hush#hush", "hush@hush",
        "hush%zz", "hush:hush", "hush hush", "&hush", "/hush", "?db=hush"}) {
    for (const auto& text : std::vector{
             "main=redis://ann:" + password + "@a:6379x", "main=redis://:" + password + "@a/x",
             "main=unix:///run/s?password=" + password + "&verify=maybe",
             "main=redis://a&feedback=rediss://ann:" + password + "@b:1x",
             "main=kafka://ann@" + password + ":k:9092x&feedback=redis://b",
             "main=kafka://ann:" + password + "@k:9092x&feedback=redis://b"}) {
      INFO(text);
      CHECK_THAT(refusal_of(text), !Catch::Matchers::Contains("hush"));
      CHECK_THAT(refusal_of(text), !Catch::Matchers::Contains("it was accepted"));
    }
  }
}

TEST_CASE("a prefix and a dot come before topics, once") {
  const topic_prefix prefix("prod", carrier::streams);
  CHECK(prefix.full("charge") == "prod.charge");
  CHECK(prefix.full("prod.charge") == "prod.charge");
  CHECK(prefix.full("production") == "prod.production");
  CHECK(topic_prefix("", carrier::streams).full("charge") == "charge");
}

TEST_CASE("where streamback's processes listen, topics that begin with the prefix's text have it") {
  const topic_prefix prefix("prod", carrier::lists);
  CHECK(prefix.full("charge") == "prod.charge");
  CHECK(prefix.full("prod.charge") == "prod.charge");
  CHECK(prefix.full("production") == "production");
  CHECK(topic_prefix("", carrier::kafka).full("charge") == "charge");
}

TEST_CASE("an app of a client is carried by Redis") {
  sluice::app_options how;
  CHECK_THROWS_AS(how.main(carrier::kafka), sluice::error);
  CHECK(how.main(carrier::lists).main() == carrier::lists);
}

}  // namespace
