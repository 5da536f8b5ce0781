// Messages as entries: what Python writes is read, what we write Python reads, the rest is refused.
#include "topic/message_codec.hpp"

#include "support/catch.hpp"

#include <sluice/topic/described.hpp>
#include <sluice/topic/malformed_message.hpp>

#include <boost/describe.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace sluice;
namespace json = boost::json;
using flaw = malformed_message::flaw;

const std::string id = "f81d4fae-7dec-41d0-a765-00a0c91e6bf6";

/// An entry as it stands in a reply.
class made_entry {
 public:
  explicit made_entry(const std::vector<std::string>& words) {
    reply_ = '*' + std::to_string(words.size()) + "\r\n";
    for (const auto& each : words) {
      reply_ += '$' + std::to_string(each.size()) + "\r\n" + each + "\r\n";
    }
  }
  entry get() const {
    return entry(std::make_shared<stream_origin>("telstar:stream:orders"), buffer_ref(), "7-1",
                 reply_.data());
  }

 private:
  std::string reply_;
};

topic_message decode(const std::vector<std::string>& words) {
  return decode_message(made_entry(words).get());
}

malformed_message refusal_of(const std::vector<std::string>& words) {
  try {
    decode(words);
  } catch (const malformed_message& why) {
    return why;
  }
  FAIL("it was accepted");
  throw;
}

TEST_CASE("a message of Python is read") {
  const auto read = decode({"message_id", id, "data", R"({"n": 1, "caf\u00e9": [null, 1.5]})"});
  CHECK(read.id().to_string() == id);
  CHECK(read.data().at("n").as_int64() == 1);
  CHECK(read.data().at("caf\xc3\xa9").at(1).as_double() == 1.5);
}

TEST_CASE("fields may come in any order, with others between them") {
  const auto read = decode({"trace", "x", "data", "[]", "more", "", "message_id", '{' + id + '}'});
  CHECK(read.id().to_string() == id);
  CHECK(read.data().as_array().empty());
}

TEST_CASE("data need not be an object") {
  const std::string text =
      GENERATE(as<std::string>(), "null", "true", "7", "-0.5", R"("text")", "[1,2]");
  CHECK(json::serialize(decode({"message_id", id, "data", text}).data()) ==
        json::serialize(json::parse(text)));
}

TEST_CASE("integers stay integers") {
  const auto read = decode({"message_id", id, "data",
                            "[9223372036854775807,-9223372036854775808,18446744073709551615,0]"});
  CHECK(encode_data(read) == "[9223372036854775807,-9223372036854775808,18446744073709551615,0]");
}

TEST_CASE("each way to be no message has a name, and says where") {
  struct wrong {
    std::vector<std::string> words;
    flaw what;
  };
  const std::string deep(65, '[');
  const auto each = GENERATE_COPY(from_range(std::vector<wrong>{
      {{"data", "{}"}, flaw::missing_field},
      {{"message_id", id}, flaw::missing_field},
      {{"MESSAGE_ID", id, "data", "{}"}, flaw::missing_field},
      {{"message_id", "", "data", "{}"}, flaw::bad_id},
      {{"message_id", id + "0", "data", "{}"}, flaw::bad_id},
      {{"message_id", id, "data", ""}, flaw::bad_data},
      {{"message_id", id, "data", "{"}, flaw::bad_data},
      {{"message_id", id, "data", "{} {}"}, flaw::bad_data},
      {{"message_id", id, "data", "{'n': 1}"}, flaw::bad_data},
      {{"message_id", id, "data", R"({"n": NaN})"}, flaw::bad_data},
      {{"message_id", id, "data", "[Infinity]"}, flaw::bad_data},
      {{"message_id", id, "data", R"({"n": [1e400]})"}, flaw::bad_data},
      {{"message_id", id, "data", "\"\xff\""}, flaw::bad_data},
      {{"message_id", id, "data", deep + std::string(65, ']')}, flaw::bad_data},
  }));
  const auto why = refusal_of(each.words);
  CAPTURE(why.what());
  CHECK(why.what_is_wrong() == each.what);
  CHECK(why.code() == errc::malformed_message);
  CHECK(why.why().stream() == "telstar:stream:orders");
  CHECK(why.why().id() == "7-1");
}

TEST_CASE("an error names the byte, and holds nothing of the data") {
  const auto why = refusal_of({"message_id", id, "data", R"({"secret": x})"});
  CHECK(std::string(why.what()).find("byte 12") != std::string::npos);
  CHECK(std::string(why.what()).find("secret") == std::string::npos);
}

TEST_CASE("data of more than 16 MiB is refused before it is read") {
  CHECK(
      refusal_of({"message_id", id, "data", std::string((16U << 20U) + 1, ' ')}).what_is_wrong() ==
      flaw::bad_data);
}

TEST_CASE("what could not be read again is not sent") {
  json::array nested;
  for (int i = 0; i < 70; ++i) {
    // Compilers differ on whether braces around an array make one of it.
    json::array outer;
    outer.emplace_back(std::move(nested));
    nested = std::move(outer);
  }
  const std::vector<json::value> wrong{std::numeric_limits<double>::quiet_NaN(),
                                       std::numeric_limits<double>::infinity(),
                                       json::string("\xc3"), nested};
  for (const auto& each : wrong) {
    try {
      encode_data(topic_message(uuid(), each));
      FAIL("it was accepted");
    } catch (const error& why) {
      CHECK(why.code() == errc::invalid_argument);
    }
  }
}

struct order {
  std::string customer;
  int amount = 0;
};
BOOST_DESCRIBE_STRUCT(order, (), (customer, amount))

TEST_CASE("described structs are data") {
  order placed;
  placed.customer = "c-17";
  placed.amount = 3;
  const auto sent = describe(*uuid::parse(id), placed);
  CHECK(encode_data(sent) == R"({"customer":"c-17","amount":3})");
  CHECK(data_as<order>(sent).amount == 3);
  const topic_message other(uuid(), json::parse(R"({"amount": "three"})"));
  try {
    data_as<order>(other);
    FAIL("it was accepted");
  } catch (const error& why) {
    CHECK(why.code() == errc::malformed_message);
    CHECK(why.why().message().ends_with(
        "customer: missing; amount: expected a whole number, got a string"));
  }
  const auto fits = in_the_form_of<order>();
  CHECK(fits(sent.data()));
  CHECK_FALSE(fits(json::parse(R"({"customer":"c-17"})")));
  CHECK_FALSE(fits(json::parse(R"({"customer":"c-17","amount":"3"})")));
}

}  // namespace
