// Messages of topics: sent by one, worked on once by a member of a group, effects in a ledger.

#include <sluice/sluice.hpp>
#include <sluice/topic/described.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/describe.hpp>
#include <boost/json.hpp>

#include <cstdlib>
#include <deque>
#include <iostream>
#include <string>

namespace asio = boost::asio;

/// Stands for a database with transactions.
struct ledger {
  int committed = 0, open = 0;
  void begin() { open = 0; }
  void add(int amount) { open += amount; }
  void commit() { committed += open; }
};

// [data]
struct order {
  std::string customer;
  int amount = 0;
};
BOOST_DESCRIBE_STRUCT(order, (), (customer, amount))
// [/data]

// [send]
asio::awaitable<void> place(sluice::client redis, order what) {
  sluice::topic_producer out(redis);
  const auto placed = sluice::describe(out.make_id(), what);
  co_await out.send("orders", placed);
  co_await out.send("orders", placed);  // in doubt? send it again: it is worked on once
}
// [/send]

// [work]
asio::awaitable<void> bill(sluice::client redis, ledger& books) {
  sluice::topic_consumer in(redis, sluice::topic_group("billing").consumer("billing-1"));
  in.on("orders", [&](sluice::topic_delivery& what) -> asio::awaitable<void> {
    const auto placed = sluice::data_as<order>(what);
    books.begin();
    books.add(placed.amount);
    co_await what.settle();  // throws when somebody else has settled it: nothing is committed
    books.commit();
    std::cout << placed.customer << " pays " << placed.amount << std::endl;
  });
  in.check("orders", sluice::in_the_form_of<order>());
  in.on_error<sluice::malformed_message>([](const auto& why, const sluice::delivery&) {
    std::cerr << why.what() << std::endl;
    return sluice::verdict::leave();  // or ack, nack, reject; rethrow ends run()
  });
  co_await in.run();  // until in.stop()
}
// [/work]

// [source]
/// Sends what stands in a staging table, and takes out what is stored.
asio::awaitable<void> pump(sluice::client redis, std::deque<order>& table) {
  sluice::topic_producer out(redis);
  const auto next_rows = [&]() -> asio::awaitable<sluice::topic_batch> {
    sluice::topic_batch batch;
    if (!table.empty()) batch.add("orders", sluice::describe(out.make_id(), table.front()));
    batch.when_stored([&]() -> asio::awaitable<void> {
      table.pop_front();
      if (table.empty()) out.stop();
      co_return;
    });
    co_return batch;
  };
  co_await out.run(next_rows);
}
// [/source]

// [once]
asio::awaitable<void> count_everything(sluice::client redis) {
  int count = 0;
  sluice::topic_consumer job(redis, sluice::topic_group("count-2026"));
  job.on("orders", [&](sluice::topic_delivery&) -> asio::awaitable<void> {
    ++count;
    co_return;
  });
  const bool done = co_await job.run_once();
  std::cout << count << " orders, " << (done ? "done" : "not done") << std::endl;
}
// [/once]

asio::awaitable<void> example(sluice::client redis, ledger& books) {
  order first;
  first.customer = "c-17";
  first.amount = 3;
  co_await place(redis, first);
  std::deque<order> table(2, first);
  co_await pump(redis, table);
  co_await count_everything(redis);
  co_await count_everything(redis);
  co_await bill(redis, books);
}

int main() {
  asio::io_context io;
  const char* const url = std::getenv("REDIS_URL");
  const sluice::client redis(io.get_executor(), url != nullptr ? url : "redis://localhost");
  ledger books;
  asio::co_spawn(io, example(redis, books), sluice::rethrow);
  io.run();
}
