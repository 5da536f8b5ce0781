// Sends what telstar's programs have staged in an SQLite database, until SIGTERM.
//
//   staged_sender DATABASE
//
// The server is REDIS_URL.

#include "program.hpp"

#include <sluice/outbox/publisher.hpp>

#include <chrono>
#include <string>

namespace outbox = sluice::outbox;
using namespace std::chrono_literals;

namespace {

void publish(const std::string& database) {
  program here;
  // Small batches, so that a kill finds one under way; short pauses after failures.
  outbox::publisher_options how;
  how.from(outbox::table(outbox::table_layout::telstar_peewee)).batch(5);
  how.poll_interval(50ms).backoff(20ms, 200ms);
  outbox::publisher out(here.redis, "sqlite3://db=" + database + " timeout=30", how);
  here.run(out.run(), [&out] { out.stop(); });
}

}  // namespace

int main(int count, char** words) {
  if (count != 2) return 2;
  return exit_code_of([&] { publish(words[1]); });
}
