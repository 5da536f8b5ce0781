// What tests of streams begin with: a server, a client whose events are kept, and a word with the
// server as somebody else.
#pragma once

#include "support/scene.hpp"

#include <sluice/core/event.hpp>
#include <sluice/group/group_consumer.hpp>
#include <sluice/redis/client.hpp>
#include <sluice/stream/consumer.hpp>
#include <sluice/stream/producer.hpp>
#include <sluice/testing/private_server.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace scene {

using sluice::testing::private_server;
using sluice::testing::server_options;

/// The events of a client, in order. Their views are valid during the call only, so lines are kept;
/// with SLUICE_TEST_EVENTS=1 in the environment they are printed as well.
class event_log {
 public:
  sluice::event_handler handler() {
    const bool loud = std::getenv("SLUICE_TEST_EVENTS") != nullptr;
    return [lines = lines_, loud](const sluice::event& what) {
      lines->emplace_back(what.index(), sluice::to_string(what));
      if (loud) std::fprintf(stderr, "%s\n", lines->back().second.c_str());
    };
  }
  template <class Event>
  std::vector<std::string> lines() const {
    const auto kind = sluice::event(Event{}).index();
    std::vector<std::string> found;
    for (const auto& [index, text] : *lines_) {
      if (index == kind) found.push_back(text);
    }
    return found;
  }
  template <class Event>
  std::size_t count() const {
    return lines<Event>().size();
  }

 private:
  using line = std::pair<std::size_t, std::string>;
  std::shared_ptr<std::vector<line>> lines_ = std::make_shared<std::vector<line>>();
};

/// A server of its own, an io_context and a client on it.
struct stream_world {
  explicit stream_world(const server_options& how = server_options())
      : server(how), redis(connect(server.url())) {}

  /// One more client, on the same io_context and with the same event log.
  sluice::client connect(std::string_view url) {
    return sluice::client(io.get_executor(), options(url));
  }
  sluice::connection_options options(std::string_view url) {
    sluice::connection_options how(url);
    how.backoff(5ms, 200ms).on_event(events.handler());
    return how;
  }

  void play(std::function<asio::awaitable<void>()> act, std::chrono::milliseconds limit = 20s) {
    scene::play(io, std::move(act), limit);
  }
  void beside(std::function<asio::awaitable<void>()> act) { scene::beside(io, std::move(act)); }

  /// Adds `count` entries with the field `n`, counting from `first`, at once.
  void add(const std::string& stream, int count, int first = 0) {
    const std::vector<std::string> words{
        "EVAL",
        "for i=0,ARGV[1]-1 do redis.call('XADD',KEYS[1],'*','n',ARGV[2]+i) end",
        "1",
        stream,
        std::to_string(count),
        std::to_string(first)};
    server.command(words);
  }
  /// How many entries a group has handed out and not seen acknowledged.
  int pending(std::string_view stream, std::string_view group) {
    const auto text = server.command({"XPENDING", stream, group});
    return std::stoi(text);
  }
  /// How often the server has executed a command, such as "xreadgroup".
  long calls(const std::string& command) {
    const auto info = server.command({"INFO", "commandstats"});
    const auto head = "cmdstat_" + command + ":calls=";
    const auto at = info.find(head);
    return at == std::string::npos ? 0 : std::stol(info.substr(at + head.size()));
  }

  private_server server;
  asio::io_context io;
  event_log events;
  sluice::client redis;
};

/// Waits until something is so; fails the test when that takes too long.
inline asio::awaitable<void> until(std::function<bool()> so,
                                   std::chrono::milliseconds limit = 10s) {
  const auto end = std::chrono::steady_clock::now() + limit;
  bool is_so = so();
  while (!is_so && std::chrono::steady_clock::now() < end) {
    co_await pause(2ms);
    is_so = so();
  }
  REQUIRE(is_so);
}

/// The number that `stream_world::add` gave an entry.
inline int number_of(const sluice::entry& which) {
  return std::stoi(std::string(which.field("n", "-1")));
}

/// The error that awaiting `act` throws; success when it throws nothing.
template <class T>
asio::awaitable<sluice::error> failure_of(asio::awaitable<T> act) {
  sluice::error failure;
  try {
    co_await std::move(act);
  } catch (const sluice::error& thrown) {
    failure = thrown;
  }
  co_return failure;
}

/// Takes entries until one fails to come, without settling them.
template <class Consumer>
asio::awaitable<std::vector<int>> numbers(Consumer& from, std::size_t count,
                                          sluice::waiting how_long = sluice::waiting(5s)) {
  std::vector<int> found;
  while (found.size() < count) {
    auto next = co_await from.get_entry(how_long);
    if (!next) break;
    found.push_back(number_of(*next));
    if constexpr (requires { std::move(*next).ack_later(); }) std::move(*next).ack_later();
  }
  co_return found;
}

/// `first`, `first` + 1, … : `count` of them.
inline std::vector<int> series(int count, int first = 0) {
  std::vector<int> all;
  for (int i = 0; i < count; ++i) all.push_back(first + i);
  return all;
}

}  // namespace scene
