// A service in several processes: one that dies, or has lived long enough, is replaced, and the
// others go on meanwhile.

#include <sluice/app/app.hpp>
#include <sluice/app/extension.hpp>
#include <sluice/core/thrown.hpp>
#include <sluice/group/retry_policy.hpp>
#include <sluice/process/supervisor.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;

// [extension]
// Tells of messages that took long, and of what failed.
class slow_log : public sluice::extension {
 public:
  explicit slow_log(std::chrono::milliseconds limit) : limit_(limit) {}

  void on_consume_exception(const sluice::consumption& what,
                            const std::exception_ptr& failure) override {
    std::cout << what.message().topic() + " failed: " + sluice::thrown_text(failure) << std::endl;
  }
  void on_consume_end(const sluice::consumption& what) override {
    if (what.taken() < limit_) return;
    std::cout << what.message().topic() + " is slow" << std::endl;
  }

 private:
  std::chrono::milliseconds limit_;
};
// [/extension]

// [worker]
void work(sluice::worker_process& me) {
  asio::io_context io(1);  // made here: each process has its own
  const char* const url = std::getenv("REDIS_URL");
  sluice::client redis(io.get_executor(), url != nullptr ? url : "redis://localhost");
  sluice::app greeter(redis, "greeter");
  greeter.listen("greet", [&me](const std::string& whom) {
    if (whom.empty()) throw sluice::give_up("nobody to greet");
    std::cout << "worker " + std::to_string(me.number()) + " greets " + whom << std::endl;
  });
  greeter.extend(slow_log(1s));
  me.run(io, greeter);
}
// [/worker]

// [main]
int main() {
  sluice::supervisor crew;
  crew.processes(2)
      .restart_after(24h)
      .restart_above(std::uint64_t{512} << 20)
      .drain_within(45s)
      .report_every(1min, [](const std::vector<sluice::worker_figures>& all) {
        std::cout << to_string(all) << std::flush;
      });
  return crew.run(work);
}
// [/main]
