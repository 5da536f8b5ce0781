// What is sent by the clock: again and again, once for all processes; later; and never, if it is
// taken back in time.
#include <sluice/app/app.hpp>
#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <iomanip>
#include <iostream>
#include <string>

namespace asio = boost::asio;
using namespace std::chrono_literals;

// [plan]
void plan(sluice::app& shop) {
  // On workdays at half past three in Athens, in summer and in winter.
  auto nightly = sluice::every("30 3 * * MON-FRI").in_zone("Europe/Athens");
  nightly.then("report", {{"of", "the day"}}).named("nightly report");
  shop.schedule(nightly);

  shop.schedule(sluice::every(200ms).then("tick"));
}
// [/plan]

// [missed]
void plan_invoices(sluice::app& shop) {
  auto invoices = sluice::every("0 6 L * *").then("invoices");  // the last day of each month
  invoices.missed(sluice::missed::all).not_older_than(100 * 24h).at_most(3);
  shop.schedule(invoices);
}
// [/missed]

// [streamback]
void plan_as_streamback(sluice::app& shop) {
  // Monday is 0 there: on workdays at noon.
  shop.schedule(sluice::every("0 12 * * 0-4", sluice::cron_dialect::streamback).then("lunch"));
}
// [/streamback]

// [preview]
void preview(std::chrono::sys_seconds from) {
  // In Athens the clocks went from 3 to 4 on the 28th of March, 2027.
  const auto nightly = sluice::cron("30 3 * * *").in_zone("Europe/Athens");
  for (const auto each : nightly.next(3, from)) {
    const auto when = std::chrono::system_clock::to_time_t(each);
    std::cout << std::put_time(std::gmtime(&when), "%d %b %H:%M UTC") << std::endl;
  }
}
// [/preview]

// [later]
asio::awaitable<void> remind_later(sluice::app& shop) {
  shop.send("remind", {{"customer", "c-17"}}, sluice::send_options().after(100ms));

  const auto tomorrow = std::chrono::system_clock::now() + 24h;
  auto reminder = shop.send("remind", {{"customer", "c-18"}}, sluice::send_options().at(tomorrow));
  co_await reminder.sent();
  const std::string id = reminder.id();  // enough to take it back, in any process of any app
  const bool in_time = co_await shop.cancel_scheduled(id);
  std::cout << (in_time ? "taken back" : "too late") << std::endl;
}
// [/later]

// [unschedule]
asio::awaitable<void> no_more_invoices(sluice::app& shop) {
  const bool known = co_await shop.unschedule("invoices");  // in all processes
  if (known) std::cout << "no invoices" << std::endl;
}
// [/unschedule]

asio::awaitable<void> example(sluice::app& shop) {
  co_await remind_later(shop);
  co_await no_more_invoices(shop);
}

int main() {
  asio::io_context io;
  const char* const url = std::getenv("REDIS_URL");
  sluice::client redis(io.get_executor(), url != nullptr ? url : "redis://localhost");
  sluice::app shop(redis, "shop");
  // A scheduled message is named after its schedule and its time.
  shop.listen("tick", [](sluice::request& what) { std::cout << what.id() << std::endl; });
  shop.listen("remind", sluice::arguments("customer"),
              [](const std::string& customer) { std::cout << "remind " << customer << std::endl; });
  plan(shop);
  plan_invoices(shop);
  plan_as_streamback(shop);
  preview(std::chrono::sys_days(2027y / std::chrono::March / 26) + 12h);

  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&shop](auto ended, int) {
    if (!ended) shop.stop();
  });
  asio::co_spawn(io, shop.run(), [&](std::exception_ptr failure) {
    signals.cancel();
    redis.stop();
    if (failure) std::rethrow_exception(failure);
  });
  asio::co_spawn(io, example(shop), sluice::rethrow);
  io.run();
}
