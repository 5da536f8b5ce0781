// A user's program that stages a message and records it as handled.

#include <sluice/outbox/inbox.hpp>
#include <sluice/outbox/publisher.hpp>
#include <sluice/outbox/stage.hpp>

#include <soci/soci.h>
#include <boost/asio/io_context.hpp>
#include <boost/json/value.hpp>

int main() {
  soci::session sql("sqlite3://:memory:");
  sluice::outbox::create_tables(sql);
  soci::transaction unit(sql);
  const auto id = sluice::outbox::stage(sql, "orders", {{"total", "12.50"}});
  const sluice::outbox::inbox handled;
  const bool fresh = handled.record(sql, "billing", id);
  const bool again = handled.record(sql, "billing", id);
  unit.commit();

  boost::asio::io_context io;
  const sluice::client redis(io.get_executor(), "redis://localhost");
  const sluice::outbox::publisher out(redis, "sqlite3://:memory:");
  return fresh && !again && out.statistics().sent == 0 ? 0 : 1;
}
