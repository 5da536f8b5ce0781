// Messages and answers as streamback's processes read and write them, byte by byte.
#include "app/json_answer.hpp"
#include "app/json_envelope.hpp"
#include "support/catch.hpp"

#include <sluice/core/error.hpp>

#include <boost/json.hpp>

namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using sluice::answer;
using sluice::envelope;
using sluice::read_answer_json;
using sluice::read_envelope_json;
using sluice::write_answer_json;
using sluice::write_envelope_json;
using texts = std::vector<std::string>;

constexpr auto list = "streamback_feedback_0b6b4b6e-8a4e-4d5c-9a53-0f6f2f1f3c11";

std::string refusal(std::string_view text) {
  try {
    read_envelope_json(text);
  } catch (const sluice::error& why) {
    CHECK(why.code() == sluice::error::malformed_message);
    return why.why().message();
  }
  return {};
}

TEST_CASE("a message has streamback's keys in streamback's order") {
  envelope what;
  what.value = {{"arg1", "Zoë"}, {"n", 7}};
  what.id = what.feedback_list = list;
  what.source_group = "web";
  CHECK(write_envelope_json(what) ==
        R"({"value":{"arg1":"Zoë","n":7},"event":"message",)"
        R"("feedback_topic":"streamback_feedback_0b6b4b6e-8a4e-4d5c-9a53-0f6f2f1f3c11",)"
        R"("source_group":"web"})");
}

TEST_CASE("what only Sluice's processes read comes last") {
  envelope what;
  what.id = "c-1";
  what.source_group = "web";
  what.reply_stream = "sluice:replies:7";
  what.deadline = 1'795'229'168'221ms;
  what.traceparent = "00-1-2-01";
  const auto text = write_envelope_json(what);
  CHECK(text ==
        R"({"value":null,"event":"message","source_group":"web","id":"c-1",)"
        R"("reply_stream":"sluice:replies:7","deadline":1795229168221,"traceparent":"00-1-2-01"})");
  const auto read = read_envelope_json(text);
  CHECK(read.id == what.id);
  CHECK(read.source_group == what.source_group);
  CHECK(read.reply_stream == what.reply_stream);
  CHECK(read.deadline == what.deadline);
  CHECK(read.traceparent == what.traceparent);
  CHECK(read.feedback_list.empty());
}

TEST_CASE("a message that streamback wrote is read, and named by its list of answers") {
  const auto read = read_envelope_json(
      R"({"extra": [1, 2], "value": {"arg1": "Zo\u00eb"}, "event": "message", )"
      R"("feedback_topic": "streamback_feedback_0b6b4b6e-8a4e-4d5c-9a53-0f6f2f1f3c11", )"
      R"("source_group": "web"})");
  CHECK(read.value == json::value({{"arg1", "Zoë"}}));
  CHECK(read.feedback_list == list);
  CHECK(read.id == list);
  CHECK(read.source_group == "web");
}

TEST_CASE("every key of a message may be missing, or of a type that nobody expects") {
  CHECK(read_envelope_json("{}").value.is_null());
  const auto read = read_envelope_json(
      R"({"value":1,"feedback_topic":null,"source_group":7,"id":[],"deadline":"soon"})");
  CHECK(read.value == json::value(1));
  CHECK(read.feedback_list.empty());
  CHECK(read.source_group.empty());
  CHECK(read.id.empty());
  CHECK_FALSE(read.deadline);
}

TEST_CASE("what is no JSON object is no message") {
  CHECK_THAT(refusal("nonsense"), Catch::Matchers::Contains("it is no JSON"));
  CHECK_THAT(refusal(""), Catch::Matchers::Contains("it is no JSON"));
  CHECK_THAT(refusal(R"({"value": NaN})"), Catch::Matchers::Contains("it is no JSON"));
  CHECK_THAT(refusal(R"([{"value": 1}])"), Catch::Matchers::Contains("no JSON object"));
}

TEST_CASE("what is no JSON cannot be sent") {
  envelope what;
  what.value = std::numeric_limits<double>::infinity();
  CHECK_THROWS_AS(write_envelope_json(what), sluice::error);
}

TEST_CASE("answers have streamback's keys in streamback's order") {
  answer what;
  what.source_group = "billing";
  what.value = {{"ok", true}};
  CHECK(write_answer_json(what) ==
        texts{R"({"value":{"ok":true},"event":"response","source_group":"billing"})"});
  what.what = answer::kind::end;
  CHECK(write_answer_json(what) ==
        texts{R"({"event":"response_end","error":null,"source_group":"billing"})"});
  what.what = answer::kind::failure;
  what.error_text = "out of paper";
  CHECK(write_answer_json(what) ==
        texts{R"({"event":"response_end_with_error","error":"out of paper",)"
              R"("source_group":"billing"})"});
}

TEST_CASE(
    "answers are numbered for Sluice's readers, and a value that ends it all is two elements") {
  answer what;
  what.what = answer::kind::last_response;
  what.source_group = "billing";
  what.number = 3;
  what.value = 7;
  CHECK(write_answer_json(what) ==
        texts{R"({"value":7,"event":"response","source_group":"billing","number":3})",
              R"({"event":"response_end","error":null,"source_group":"billing","number":4})"});
}

TEST_CASE("words of a failure that are no UTF-8 do not keep its end from coming") {
  answer what;
  what.what = answer::kind::failure;
  what.error_text = "gr\xfc\xdf";
  CHECK_THAT(write_answer_json(what).at(0), Catch::Matchers::Contains(R"("error":"gr??")"));
}

TEST_CASE("answers that streamback wrote are read") {
  const auto response =
      read_answer_json(R"({"value": [1], "event": "response", "source_group": "billing"})");
  REQUIRE(response);
  CHECK(response->what == answer::kind::response);
  CHECK(response->value == json::value({1}));
  CHECK(response->source_group == "billing");
  CHECK(response->number == 0);
  const auto end =
      read_answer_json(R"({"event": "response_end", "error": null, "source_group": "billing"})");
  REQUIRE(end);
  CHECK(end->what == answer::kind::end);
  const auto failure = read_answer_json(R"-({"event": "response_end_with_error", )-"
                                        R"-("error": "ValueError('boom 3')", )-"
                                        R"-("source_group": "billing"})-");
  REQUIRE(failure);
  CHECK(failure->what == answer::kind::failure);
  CHECK(failure->error_text == "ValueError('boom 3')");
}

TEST_CASE("whatever has a value and is no end is an answer, and nothing else is") {
  CHECK(read_answer_json(R"({"value": 1})")->value == json::value(1));
  CHECK(read_answer_json(R"({"value": 1, "event": "response_start"})"));
  CHECK_FALSE(read_answer_json(R"({"event": "response_start"})"));
  CHECK_FALSE(read_answer_json("nonsense"));
  CHECK_FALSE(read_answer_json("[1]"));
}

}  // namespace
