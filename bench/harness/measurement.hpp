// What every peer of a benchmark has in common: it is started with a server's address and
// a number of messages, does its work, and prints a line of JSON with what that took.
#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// The names and sizes that all peers agree upon with the script that prepares the server.
inline constexpr std::string_view stream = "bench:stream";
inline constexpr std::string_view group = "bench";
inline constexpr std::size_t payload_size = 64;
inline constexpr std::size_t batch_size = 100;
inline constexpr std::size_t window = 128;

/// Ends the program: a benchmark whose peer fails has no figure.
[[noreturn]] inline void fail(std::string_view what) {
  std::fprintf(stderr, "bench: %.*s\n", static_cast<int>(what.size()), what.data());
  std::exit(1);
}

inline std::string payload() { return std::string(payload_size, 'x'); }

/// Where the server is: the path of a socket, or an IPv4 address and a port.
struct address {
  std::string text;

  bool is_path() const { return text.front() == '/'; }
  std::string host() const { return text.substr(0, text.find(':')); }
  int port() const { return std::atoi(text.c_str() + text.find(':') + 1); }
  std::string url() const { return (is_path() ? "unix://" : "redis://") + text; }
};

struct task {
  address server;
  std::size_t messages = 0;
  std::size_t consumers = 1;
};

inline std::size_t read_number(std::string_view text) {
  std::size_t number = 0;
  const auto end = text.data() + text.size();
  if (std::from_chars(text.data(), end, number).ptr != end || number == 0) {
    fail("not a number: " + std::string(text));
  }
  return number;
}

inline task read_task(int argc, char** argv) {
  if (argc != 3 && argc != 4)
    fail("usage: <socket or address of a redis-server> <messages> [<consumers>]");
  task what;
  what.server.text = argv[1];
  what.messages = read_number(argv[2]);
  if (argc == 4) what.consumers = read_number(argv[3]);
  return what;
}

/// The processor time of this process so far, of all its threads.
inline double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto in_seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return in_seconds(used.ru_utime) + in_seconds(used.ru_stime);
}

/// Begins when it is made: after connecting, before the first message.
class stopwatch {
 public:
  /// Prints throughput's parts.
  void report(std::size_t messages) const {
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin_;
    std::printf("{\"messages\": %zu, \"seconds\": %.6f, \"cpu_seconds\": %.6f}\n", messages,
                wall.count(), cpu_seconds() - cpu_);
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  double cpu_ = cpu_seconds();
};

/// Nanoseconds of a clock that all processes of a machine share.
inline long long now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// Prints the percentiles of latencies in nanoseconds, as microseconds.
inline void report_latencies(std::vector<long long> all) {
  if (all.empty()) fail("nothing was measured");
  std::sort(all.begin(), all.end());
  const auto at = [&all](double share) {
    return static_cast<double>(
               all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))]) /
           1000;
  };
  std::printf("{\"messages\": %zu, \"p50_us\": %.1f, \"p99_us\": %.1f, \"max_us\": %.1f}\n",
              all.size(), at(0.5), at(0.99), at(1));
}

}  // namespace bench
