// An app for tests beside processes of other makes. It prints a JSON object a line.
//
//   service listen STREAMS NAME             until SIGTERM; topics double, count, fail, note, sleep
//   service call STREAMS TOPIC JSON [GROUP] the answers, of one group alone if it is named
//   service continue STREAMS LANE           the answers of a conversation that was begun elsewhere

#include <sluice/app/app.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>

#include <chrono>
#include <csignal>
#include <exception>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace asio = boost::asio;
namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

using words = std::vector<std::string>;

void print(const json::value& line) { std::cout << json::serialize(line) << std::endl; }

void tell(const sluice::request& what) {
  print({{"topic", what.topic()}, {"value", what.value()}, {"source_group", what.source_group()}});
}

std::int64_t number_in(const sluice::request& what) { return what.value().at("n").as_int64(); }

asio::awaitable<void> sleep(sluice::request& what) {
  tell(what);
  asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
  co_await timer.async_wait(asio::use_awaitable);
}

void listen_to_all(sluice::app& app) {
  const auto often = sluice::listener_options().heartbeat(50ms);
  const auto answer_twice = [](sluice::request& what) {
    tell(what);
    return json::value({{"n", 2 * number_in(what)}});
  };
  const auto count = [](sluice::request& what) {
    tell(what);
    for (std::int64_t n = 0; n < number_in(what); ++n) what.respond({{"n", n}});
  };
  const auto fail = [](sluice::request& what) {
    tell(what);
    throw std::runtime_error("out of paper");
  };
  app.listen("double", answer_twice, often).listen("count", count, often);
  app.listen("fail", fail, often).listen("note", tell, often).listen("sleep", sleep, often);
}

asio::awaitable<void> run(sluice::app& app, asio::signal_set& stop) {
  co_await app.run();
  stop.cancel();
}

asio::awaitable<void> print_answers(sluice::feedback_lane lane, std::string group) {
  print({{"lane", lane.id()}});
  try {
    while (const auto answer = co_await lane.read(20s, group)) print({{"answer", *answer}});
    print({{"end", true}});
  } catch (const sluice::error& why) {
    print({{"error", why.code().message()}, {"text", why.why().server_text()}});
  }
}

asio::awaitable<void> ask(sluice::app& app, words what) {
  const auto value = json::parse(what.at(3));
  const auto group = what.size() > 4 ? what.at(4) : std::string();
  auto lane = app.send(what.at(2), value);
  co_await lane.sent();
  co_await print_answers(std::move(lane), group);
}

void perform(const words& what) {
  asio::io_context io;
  const auto& verb = what.at(0);
  std::optional<sluice::app> app;
  app.emplace(io.get_executor(), what.at(1), verb == "listen" ? what.at(2) : "caller");
  asio::signal_set stop(io);
  const auto end = [&app](const std::exception_ptr& failure) {
    app.reset();
    if (failure) std::rethrow_exception(failure);
  };
  if (verb == "listen") {
    listen_to_all(*app);
    stop.add(SIGTERM);
    stop.async_wait([&app](const boost::system::error_code&, int) { app->stop(); });
    asio::co_spawn(io, run(*app, stop), end);
  } else if (verb == "call") {
    asio::co_spawn(io, ask(*app, what), end);
  } else {
    asio::co_spawn(io, print_answers(app->continue_lane(what.at(2)), {}), end);
  }
  io.run_for(120s);
}

}  // namespace

int main(int count, char** arguments) {
  try {
    perform(words(arguments + 1, arguments + count));
    return 0;
  } catch (const std::exception& why) {
    std::cerr << why.what() << '\n';
    return 1;
  }
}
