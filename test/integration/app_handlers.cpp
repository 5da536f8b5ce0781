// The forms in which handlers are written. GCC 12.2 miscompiles some forms of coroutines without a
// warning: under the address sanitizer this file shows that these are none of them.
#include "support/app_world.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace scene;
using sluice::arguments;
using sluice::request;

const std::string long_text = "a text that is longer than any small string optimisation";

int twice(int number) { return 2 * number; }

asio::awaitable<receipt> charge_slowly(const charge& what) {
  co_await pause(1ms);
  receipt made;
  made.number = "r-" + what.customer;
  made.cents = what.total.cents;
  co_return made;
}

asio::awaitable<void> answer_twice(request& what, charge bought) {
  co_await pause(1ms);
  what.respond(bought.customer);
  what.respond(bought);
}

json::value charge_of(std::string customer) {
  auto made = some_charge();
  made.customer = std::move(customer);
  return sluice::write_form(made);
}

}  // namespace

TEST_CASE("a function of the message as one value answers with what it returns") {
  app_world world;
  sluice::app service(world.redis, "service");
  service.listen("twice", twice);
  service.listen("length", [](const std::string& text) { return text.size(); });
  service.listen("sum", [](std::vector<int> all) {
    std::int64_t sum = 0;
    for (const int each : all) sum += each;
    return sum;
  });
  service.listen("echo", [](json::value what) { return what; });
  world.run(service);
  world.play([&]() -> asio::awaitable<void> {
    const auto doubled = co_await world.ask("twice", 21);
    CHECK(doubled == json::value(42));
    const auto length = co_await world.ask("length", "four");
    CHECK(length == json::value(4));
    const auto sum = co_await world.ask("sum", json::parse("[1, 2, 3]"));
    CHECK(sum == json::value(6));
    const auto echo = co_await world.ask("echo", json::parse(R"({"a": [null]})"));
    CHECK(echo == json::parse(R"({"a": [null]})"));
    service.stop();
  });
}

TEST_CASE("a coroutine of a described struct answers with another one") {
  app_world world;
  sluice::app service(world.redis, "service");
  service.listen("charge", charge_slowly);
  world.run(service);
  world.play([&]() -> asio::awaitable<void> {
    const auto answer = co_await world.ask("charge", charge_of(long_text));
    CHECK(answer == json::parse(R"({"number": "r-)" + long_text + R"(", "cents": 1250})"));
    service.stop();
  });
}

TEST_CASE("a handler may take the request and then the struct") {
  app_world world;
  sluice::app service(world.redis, "service");
  service.listen("charge", answer_twice);
  world.run(service);
  world.play([&]() -> asio::awaitable<void> {
    auto lane = world.web.send("charge", charge_of(long_text));
    const auto first = co_await lane.next();
    CHECK(first == json::value(long_text));
    const auto second = co_await lane.next();
    CHECK(second == charge_of(long_text));
    const auto end = co_await lane.next();
    CHECK_FALSE(end);
    service.stop();
  });
}

TEST_CASE("chosen fields are arguments, and the other fields are passed by") {
  app_world world;
  sluice::app service(world.redis, "service");
  service.listen("add", arguments("a", "b"), [](int a, double b) { return a + b; });
  service.listen("greet", arguments("name", "greeting"),
                 [](request& what, std::string name, std::optional<std::string> greeting) {
                   what.respond(greeting.value_or("hello") + ", " + name);
                 });
  service.listen("pay", arguments("total"), [](money total) -> asio::awaitable<json::value> {
    co_await pause(1ms);
    co_return total.currency;
  });
  world.run(service);
  world.play([&]() -> asio::awaitable<void> {
    const auto sum = co_await world.ask("add", json::parse(R"({"b": 0.5, "a": 2, "c": null})"));
    CHECK(sum == json::value(2.5));
    const auto plain = co_await world.ask("greet", json::parse(R"({"name": "Ada"})"));
    CHECK(plain == json::value("hello, Ada"));
    const auto own =
        co_await world.ask("greet", json::parse(R"({"name": "Ada", "greeting": "moin"})"));
    CHECK(own == json::value("moin, Ada"));
    const auto paid = co_await world.ask("pay", charge_of(long_text));
    CHECK(paid == json::value("EUR"));
    service.stop();
  });
}

TEST_CASE("a handler may take nothing, or be generic in its request") {
  app_world world;
  sluice::app service(world.redis, "service");
  service.listen("ping", [] { return "pong"; });
  service.listen("name", [](auto& what) { what.respond(what.source_group()); });
  world.run(service);
  world.play([&]() -> asio::awaitable<void> {
    const auto pong = co_await world.ask("ping", nullptr);
    CHECK(pong == json::value("pong"));
    const auto name = co_await world.ask("name", nullptr);
    CHECK(name == json::value("web"));
    service.stop();
  });
}

TEST_CASE("what a handler captures lives as long as its coroutines") {
  app_world world;
  sluice::app service(world.redis, "service");
  const std::map<std::string, std::string> books{{"c-17", long_text}};
  const auto counter = std::make_shared<int>(0);
  service.listen("find", [books, counter](charge what) -> asio::awaitable<std::string> {
    co_await pause(1ms);
    ++*counter;
    co_return books.at(what.customer);
  });
  service.listen(
      "mine",
      [text = std::make_unique<std::string>(long_text)](request& what) -> asio::awaitable<void> {
        co_await pause(1ms);
        what.respond(*text);
      });
  service.listen("count", [calls = 0](std::string) mutable { return ++calls; });
  world.run(service);
  world.play([&]() -> asio::awaitable<void> {
    const auto found = co_await world.ask("find", charge_of("c-17"));
    CHECK(found == json::value(long_text));
    CHECK(*counter == 1);
    const auto mine = co_await world.ask("mine", nullptr);
    CHECK(mine == json::value(long_text));
    co_await world.ask("count", "x");
    const auto calls = co_await world.ask("count", "x");
    CHECK(calls == json::value(2));
    service.stop();
  });
}

TEST_CASE("JSON may be written in braces where a handler answers") {
  app_world world;
  sluice::app service(world.redis, "service");
  service.listen("plain", [](std::string customer) {
    return json::value{{"customer", customer}, {"text", long_text}};
  });
  service.listen("request", [](request& what) -> asio::awaitable<void> {
    co_await pause(1ms);
    what.respond({{"topic", what.topic()}, {"text", long_text}, {"list", {1, 2, long_text}}});
  });
  service.listen("returned", [](std::string customer) -> asio::awaitable<json::value> {
    co_await pause(1ms);
    co_return json::value{{"customer", customer}, {"text", long_text}};
  });
  world.run(service);
  world.play([&]() -> asio::awaitable<void> {
    const auto plain = co_await world.ask("plain", "c-17");
    CHECK(plain.at("text") == json::value(long_text));
    const auto answer = co_await world.ask("request", nullptr);
    CHECK(answer.at("list").at(2) == json::value(long_text));
    const auto returned = co_await world.ask("returned", sluice::write_form(long_text));
    CHECK(returned.at("customer") == json::value(long_text));
    service.stop();
  });
}

TEST_CASE("a struct may be made where a handler answers") {
  app_world world;
  sluice::app service(world.redis, "service");
  service.listen("braces", [](charge what) -> asio::awaitable<receipt> {
    co_await pause(1ms);
    co_return receipt{what.customer, what.total.cents};
  });
  service.listen("named", [](const charge& what) -> asio::awaitable<receipt> {
    co_await pause(1ms);
    co_return receipt{.number = what.customer};
  });
  service.listen("choice", [](request& what, bool good) -> asio::awaitable<void> {
    co_await pause(1ms);
    what.respond(good ? receipt{long_text, 1} : receipt{"none", 0});
    what.respond(receipt{.number = long_text});
  });
  world.run(service);
  world.play([&]() -> asio::awaitable<void> {
    const auto braces = co_await world.ask("braces", charge_of(long_text));
    CHECK(braces.at("number") == json::value(long_text));
    const auto named = co_await world.ask("named", charge_of(long_text));
    CHECK(named.at("number") == json::value(long_text));
    auto lane = world.web.send("choice", true);
    const auto first = co_await lane.read_as<receipt>(10s);
    const auto second = co_await lane.read_as<receipt>(10s);
    CHECK(first->number == long_text);
    CHECK(second->cents == 0);
    service.stop();
  });
}

TEST_CASE("many messages in the hands of one handler do not meet") {
  app_world world;
  sluice::app service(world.redis, "service");
  service.listen(
      "number", arguments("n", "text"),
      [](int n, const std::string& text) -> asio::awaitable<std::string> {
        co_await pause(std::chrono::milliseconds(n % 3));
        co_return text + std::to_string(n);
      },
      sluice::listener_options().concurrency(16));
  world.run(service);
  world.play([&]() -> asio::awaitable<void> {
    std::vector<sluice::feedback_lane> lanes;
    for (int n = 0; n < 100; ++n) {
      lanes.push_back(world.web.send("number", {{"n", n}, {"text", long_text}}));
    }
    for (int n = 0; n < 100; ++n) {
      const auto answer = co_await lanes[static_cast<std::size_t>(n)].read(10s);
      CHECK(answer == json::value(long_text + std::to_string(n)));
    }
    service.stop();
  });
}
