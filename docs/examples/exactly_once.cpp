// An order and its message are one transaction, and so are an invoice and the record of what it is
// for: whatever breaks in between, each order has one invoice.

#include <sluice/outbox/inbox.hpp>
#include <sluice/outbox/publisher.hpp>
#include <sluice/outbox/stage.hpp>
#include <sluice/sluice.hpp>

#include <soci/soci.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/json/parse.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

namespace asio = boost::asio;
namespace json = boost::json;
namespace outbox = sluice::outbox;
using namespace std::chrono_literals;

// [sell]
// The order and the message that tells of it: both are there, or neither.
void sell(soci::session& sql, const std::string& customer) {
  soci::transaction unit(sql);
  sql << "INSERT INTO orders (customer) VALUES (:customer)", soci::use(customer);
  outbox::stage(sql, "orders", {{"customer", customer}});
  unit.commit();
}
// [/sell]

void write_invoice(soci::session& sql, const json::value& order) {
  const std::string customer(order.at("customer").as_string());
  sql << "INSERT INTO invoices (customer) VALUES (:customer)", soci::use(customer);
  std::cout << "invoice for " << customer << '\n';
}

// [bill]
asio::awaitable<void> bill(sluice::client redis, std::string database) {
  soci::session sql(database);
  const outbox::inbox handled;
  sluice::group_consumer orders(redis,
                                sluice::group("billing").stream("telstar:stream:orders").wait(2s));
  while (auto order = co_await orders.get_entry()) {
    soci::transaction unit(sql);
    if (handled.record(sql, "billing", order->field("message_id"))) {
      write_invoice(sql, json::parse(order->field("data")));
    }
    unit.commit();
    co_await std::move(*order).ack();
  }
}
// [/bill]

// [trade]
asio::awaitable<void> trade(std::string redis_url, std::string database) {
  const auto executor = co_await asio::this_coro::executor;
  sluice::client redis(executor, redis_url);
  outbox::publisher out(redis, database);
  asio::co_spawn(executor, out.run(), sluice::rethrow);
  co_await bill(redis, database);  // until no order came for a while
}

int main() {
  const char* const file = std::getenv("SHOP_DATABASE");
  const auto database =
      "sqlite3://db=" + std::string(file != nullptr ? file : "shop.db") + " timeout=5";
  soci::session sql(database);
  outbox::create_tables(sql);
  sql << "CREATE TABLE IF NOT EXISTS orders (customer VARCHAR(50))";
  sql << "CREATE TABLE IF NOT EXISTS invoices (customer VARCHAR(50))";
  sell(sql, "c-17");

  asio::io_context io;
  const char* const url = std::getenv("REDIS_URL");
  asio::co_spawn(io, trade(url != nullptr ? url : "redis://localhost", database), sluice::rethrow);
  io.run();
}
// [/trade]
