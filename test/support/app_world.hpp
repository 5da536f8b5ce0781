// What tests of services begin with: apps on a server of their own, and somebody who asks them.
#pragma once

#include "support/stream_world.hpp"

#include <sluice/app/app.hpp>

#include <boost/describe.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <utility>

namespace scene {

namespace json = boost::json;

/// A purchase, as a service would describe it.
struct money {
  std::int64_t cents = 0;
  std::string currency;
};
BOOST_DESCRIBE_STRUCT(money, (), (cents, currency))

struct charge {
  std::string customer;
  money total;
  std::optional<std::string> note;
};
BOOST_DESCRIBE_STRUCT(charge, (), (customer, total, note))

struct receipt {
  std::string number;
  std::int64_t cents = 0;
};
BOOST_DESCRIBE_STRUCT(receipt, (), (number, cents))

inline charge some_charge() {
  charge made;
  made.customer = "a customer whose name is longer than any small string";
  made.total.cents = 1250;
  made.total.currency = "EUR";
  return made;
}

struct app_world : stream_world {
  sluice::app web{redis, "web"};

  /// Runs an app until it is stopped, beside the scene.
  void run(sluice::app& what) {
    beside([&what] { return what.run(); });
  }
  /// Sends a message and gives the first answer; null where there is none.
  asio::awaitable<json::value> ask(std::string topic, json::value what) {
    auto lane = web.send(topic, std::move(what));
    auto answer = co_await lane.read(10s);
    co_return answer ? *std::move(answer) : json::value();
  }
  /// Sends a message and gives the error that comes back; none where there is none.
  asio::awaitable<sluice::error> refusal_of(std::string topic, json::value what) {
    auto lane = web.send(topic, std::move(what));
    auto reading = lane.read(10s);
    auto failure = co_await failure_of(std::move(reading));
    co_return failure;
  }
};

}  // namespace scene
