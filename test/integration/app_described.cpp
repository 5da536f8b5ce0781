// Messages and answers of one's own types, and those that do not fit.
#include "support/app_world.hpp"

#include <sluice/group/dead_letters.hpp>

#include <string>
#include <vector>

namespace {

using namespace scene;
using sluice::errc;
using sluice::request;

/// Gathers what it charged.
struct till {
  std::vector<charge> charged;
  auto handler() {
    return [this](charge what) { charged.push_back(std::move(what)); };
  }
};

sluice::listener_options tried(std::int64_t times) {
  return sluice::listener_options().retry(sluice::retry_policy::fixed(1ms).attempts(times));
}

}  // namespace

TEST_CASE("described structs travel both ways") {
  app_world world;
  sluice::app service(world.redis, "service");
  service.listen("charge", [](request& what, charge bought) {
    receipt given;
    given.number = bought.customer;
    given.cents = bought.total.cents;
    what.respond(given);
    given.number = bought.note.value_or("no note");
    what.respond(given);
  });
  world.run(service);
  world.play([&]() -> asio::awaitable<void> {
    auto lane = world.web.send("charge", some_charge());
    const auto first = co_await lane.read_as<receipt>(10s);
    REQUIRE(first);
    CHECK(first->number == some_charge().customer);
    CHECK(first->cents == 1250);
    const auto second = co_await lane.next_as<receipt>("service");
    REQUIRE(second);
    CHECK(second->number == "no note");
    const auto end = co_await lane.read_as<receipt>(10s);
    CHECK_FALSE(end);
    service.stop();
  });
}

TEST_CASE("a stream of answers is read as structs in a loop") {
  app_world world;
  sluice::app service(world.redis, "service");
  service.listen("count", [](request& what, int upto) {
    receipt each;
    for (each.cents = 1; each.cents <= upto; ++each.cents) what.respond(each);
  });
  world.run(service);
  world.play([&]() -> asio::awaitable<void> {
    auto lane = world.web.send("count", 50);
    std::int64_t expected = 0;
    while (auto each = co_await lane.next_as<receipt>()) {
      ++expected;
      CHECK(each->cents == expected);
    }
    CHECK(expected == 50);
    service.stop();
  });
}

TEST_CASE(
    "an answer that does not fit is an error with all of its flaws, and the next can be read") {
  app_world world;
  sluice::app service(world.redis, "service");
  service.listen("charge", [](request& what) {
    what.respond({{"number", 7}, {"secret", "4111"}});
    what.respond({{"number", "r-7"}, {"cents", 1}, {"more", true}});
  });
  world.run(service);
  world.play([&]() -> asio::awaitable<void> {
    auto lane = world.web.send("charge", some_charge());
    auto reading = lane.read_as<receipt>(10s);
    const auto why = co_await failure_of(std::move(reading));
    CHECK(why.code() == errc::malformed_message);
    CHECK(why.why().id() == lane.id());
    CHECK(why.why().message().ends_with(
        "number: expected a string, got a number; cents: missing; secret: unknown"));
    constexpr auto ignore = sluice::unknown_fields::ignore;
    const auto next = co_await lane.read_as<receipt, ignore>(10s);
    REQUIRE(next);
    CHECK(next->number == "r-7");
    service.stop();
  });
}

TEST_CASE("a message that does not fit is not tried again, and its sender hears every flaw") {
  app_world world;
  sluice::app service(world.redis, "service");
  till open;
  service.listen("charge", open.handler(), tried(5));
  world.run(service);
  world.play([&]() -> asio::awaitable<void> {
    const auto why = co_await world.refusal_of(
        "charge", json::parse(R"({"total": {"cents": "4111", "currency": 1}, "coupon": 1})"));
    CHECK(why.code() == errc::feedback_error);
    CHECK(why.why().group() == "service");
    CHECK(why.why().server_text() ==
          "customer: missing; total.cents: expected a whole number, got a string; "
          "total.currency: expected a string, got a number; coupon: unknown");
    const auto fits = co_await world.ask("charge", sluice::write_form(some_charge()));
    CHECK(fits.is_null());
    service.stop();
  });
  CHECK(open.charged.size() == 1);
}

TEST_CASE("a message that does not fit becomes a dead letter that says why, without its values") {
  app_world world;
  sluice::app service(world.redis, "service");
  till open;
  service.listen("charge", open.handler(), tried(5));
  world.run(service);
  world.play([&]() -> asio::awaitable<void> {
    world.web.send("charge", {{"customer", "Mallory"}});
    sluice::dead_letters dead(world.redis, sluice::dead_letters::stream_of("charge"));
    std::vector<sluice::dead_letter> found;
    for (int i = 0; i < 1'000 && found.empty(); ++i) {
      found = co_await dead.list();
      co_await pause(5ms);
    }
    REQUIRE(found.size() == 1);
    CHECK(found.front().error_text().find("total: missing") != std::string::npos);
    CHECK(found.front().error_text().find("Mallory") == std::string::npos);
    service.stop();
  });
  CHECK(open.charged.empty());
}

TEST_CASE("a handler may say itself that a message fits nobody") {
  app_world world;
  sluice::app service(world.redis, "service");
  int tries = 0;
  service.listen(
      "charge",
      [&tries](charge) {
        ++tries;
        throw sluice::unfit_message("total.cents: must be more than 0");
      },
      tried(5));
  world.run(service);
  world.play([&]() -> asio::awaitable<void> {
    const auto why = co_await world.refusal_of("charge", sluice::write_form(some_charge()));
    CHECK(why.why().server_text() == "total.cents: must be more than 0");
    service.stop();
  });
  CHECK(tries == 1);
}

TEST_CASE("an answer that a handler cannot read is its own failure, and worth another try") {
  app_world world;
  sluice::app service(world.redis, "service");
  int tries = 0;
  service.listen(
      "charge",
      [&tries](request&) {
        if (++tries < 3) sluice::read_form<receipt>(json::value(1));
      },
      tried(5));
  world.run(service);
  world.play([&]() -> asio::awaitable<void> {
    const auto done = co_await world.ask("charge", nullptr);
    CHECK(done.is_null());
    service.stop();
  });
  CHECK(tries == 3);
}

TEST_CASE("a listener may pass unknown fields by") {
  app_world world;
  sluice::app service(world.redis, "service");
  service.listen(
      "pay", [](const money& total) { return total.cents; },
      sluice::listener_options().unknown(sluice::unknown_fields::ignore));
  world.run(service);
  world.play([&]() -> asio::awaitable<void> {
    const auto cents =
        co_await world.ask("pay", json::parse(R"({"cents": 3, "currency": "EUR", "since": 2002})"));
    CHECK(cents == json::value(3));
    service.stop();
  });
}

TEST_CASE("chosen fields that do not fit are told by their names") {
  app_world world;
  sluice::app service(world.redis, "service");
  service.listen("add", sluice::arguments("a", "b"), [](std::int8_t a, int b) { return a + b; });
  world.run(service);
  world.play([&]() -> asio::awaitable<void> {
    const auto why = co_await world.refusal_of("add", json::parse(R"({"a": 300})"));
    CHECK(why.why().server_text() ==
          "a: out of range: expected a whole number from -128 to 127; b: missing");
    const auto other = co_await world.refusal_of("add", 3);
    CHECK(other.why().server_text() == "expected an object, got a number");
    service.stop();
  });
}
