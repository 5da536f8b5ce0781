#include "group/hand_over.hpp"

#include "redis/exec.hpp"

#include "sluice/core/result.hpp"

#include <chrono>
#include <utility>

namespace sluice {

using namespace std::chrono_literals;

// The server answers in order, and a script that it does not know is sent twice.
boost::asio::awaitable<void> hand_over(std::shared_ptr<connection> link) {
  for (int step = 0; step < 2; ++step) {
    auto word = command("PING").timeout(1s);
    auto answered = exec_on(link, std::move(word));
    co_await as_result(std::move(answered));
  }
}

}  // namespace sluice
