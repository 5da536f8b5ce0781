#include "sluice/app/auto_restart.hpp"

#include "core/process_memory.hpp"

#include "sluice/core/error.hpp"

#include <iostream>
#include <string>
#include <utility>

#include <unistd.h>

namespace sluice {
namespace {

using namespace std::chrono_literals;

// Processes that begin together have ids that follow one another.
std::chrono::milliseconds age_of_this_process(std::chrono::milliseconds longest) {
  constexpr int shares = 16;
  return longest - longest / 10 * (::getpid() % shares) / shares;
}

}  // namespace

auto_restart& auto_restart::at_age(std::chrono::milliseconds age) {
  if (age <= 0ms) throw error(errc::invalid_argument, "a process has to live for some time");
  age_ = age;
  return *this;
}

auto_restart& auto_restart::above(std::uint64_t bytes) {
  if (bytes == 0) throw error(errc::invalid_argument, "a process takes some memory");
  bytes_ = bytes;
  return *this;
}

auto_restart& auto_restart::check_every(std::chrono::milliseconds interval) {
  if (interval <= 0ms) throw error(errc::invalid_argument, "an interval of no time");
  every_ = interval;
  return *this;
}

boost::asio::awaitable<void> auto_restart::on_start(running_app where) {
  where_ = std::move(where);
  co_return;
}

std::chrono::milliseconds auto_restart::tick_every() const { return every_; }

void auto_restart::on_tick() {
  std::string why;
  if (age_ > 0ms && where_.age() >= age_of_this_process(age_)) {
    why = "it has run for " + std::to_string(where_.age().count()) + " ms";
  }
  if (bytes_ > 0) {
    const auto memory = resident_memory();
    if (memory > bytes_) why = "it takes " + std::to_string(memory >> 20) + " MiB";
  }
  if (why.empty() || std::exchange(done_, true)) return;
  where_.stop();
  on_restart(why);
}

void auto_restart::on_restart(std::string_view why) {
  std::cerr << where_.name() + " process " + std::to_string(::getpid()) +
                   " ends to begin anew: " + std::string(why) + '\n';
}

}  // namespace sluice
