// Entries that carry the time when they were added, one every two milliseconds, from a thread with
// a connection of its own. The time until a handler has one is what an idle service waits.
#pragma once

#include "harness/raw_socket.hpp"

#include <charconv>
#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace bench {

class adder {
 public:
  /// Begins after half a second, when whoever is to be woken has fallen asleep.
  explicit adder(const task& what) : thread_([what] { add(what); }) {}
  adder(const adder&) = delete;
  adder& operator=(const adder&) = delete;
  ~adder() { thread_.join(); }

 private:
  static void add(const task& what) {
    raw_socket server(what.server);
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    for (std::size_t i = 0; i < what.messages; ++i) {
      server.write(frame("XADD", stream, "*", "added", std::to_string(now_ns())));
      server.read();
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }

  std::thread thread_;
};

/// How long an entry with this field has been under way.
inline long long age_of(std::string_view added) {
  const auto now = now_ns();
  long long then = 0;
  std::from_chars(added.data(), added.data() + added.size(), then);
  return now - then;
}

}  // namespace bench
