// Drives an engine by hand: bytes, times and failures in, wishes and fates out. No sockets.
#pragma once

#include "support/catch.hpp"

#include "redis/engine.hpp"

#include <sluice/core/random.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stage {

using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace std::string_view_literals;

/// Writes down what became of a request.
class witness : public sluice::reply_sink {
 public:
  void on_reply(const sluice::resp::value& value, const sluice::buffer_ref& bytes) override {
    replies.emplace_back(value.is_error() ? "error: " + std::string(value.text())
                                          : std::string(value.text()));
    if (keep) kept.push_back(bytes);
  }
  void on_failure(const sluice::error& why) override { failures.push_back(why); }
  void on_repeated() noexcept override { ++repeated; }

  /// The one reply; "" when there is none or more than one.
  std::string reply() const { return replies.size() == 1 ? replies.front() : ""s; }
  /// The one failure; `errc{}` when there is none or more than one.
  sluice::errc failure() const {
    return failures.size() == 1 ? failures.front().which() : sluice::errc{};
  }
  bool untouched() const { return replies.empty() && failures.empty(); }

  std::vector<std::string> replies;
  std::vector<sluice::error> failures;
  int repeated = 0;
  bool keep = false;
  std::vector<sluice::buffer_ref> kept;
};

/// An engine with everything around it. Time stands still unless it is moved.
class play final : private sluice::link_listener {
 public:
  using wish = sluice::engine::wish;
  using phase = sluice::engine::phase;

  explicit play(sluice::connection_options with = quiet())
      : options(std::move(with)), machine(options, sluice::seeded_random(7), *this, counted) {}

  /// No probe, and no health check that a test did not ask for.
  static sluice::connection_options quiet() {
    return sluice::connection_options().probe_doorbell(false).health_check(0ms);
  }

  // What the driver would do.

  sluice::engine::ticket ask(std::string_view frames, witness& who,
                             sluice::risk cut = sluice::risk::once, std::uint32_t replies = 1) {
    return machine.submit({.frames = frames,
                           .replies = replies,
                           .when_cut = cut,
                           .deadline = sluice::clock::time_point::max(),
                           .answered_by = sluice::answer_kind::reply},
                          who, now);
  }
  sluice::engine::ticket ask_within(std::string_view frames, witness& who,
                                    std::chrono::milliseconds limit,
                                    sluice::risk when_cut = sluice::risk::once) {
    return machine.submit({.frames = frames,
                           .replies = 1,
                           .when_cut = when_cut,
                           .deadline = now + limit,
                           .answered_by = sluice::answer_kind::reply},
                          who, now);
  }

  /// Bytes from the server, in as many reads as the engine has space for.
  void hear(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto space = machine.read_space();
      const auto part = std::min(space.size(), bytes.size());
      std::memcpy(space.data(), bytes.data(), part);
      machine.received(part, now);
      bytes.remove_prefix(part);
    }
  }

  /// What the engine has to write; all of it counts as written.
  std::string say(std::size_t most = 1'000'000) {
    std::string said;
    std::array<std::string_view, 4> pieces;
    while (most > 0) {
      const auto count = machine.gather(pieces);
      if (count == 0) break;
      for (std::size_t i = 0; i < count && most > 0; ++i) {
        const auto part = pieces[i].substr(0, most);
        said += part;
        most -= part.size();
        machine.written(part.size());
      }
    }
    return said;
  }

  void pass(sluice::clock::duration time) {
    now += time;
    machine.tick(now);
  }
  /// Moves to the engine's next alarm; returns how long that took.
  sluice::clock::duration pass_to_alarm() {
    const auto start = now;
    now = std::max(now, machine.next_alarm());
    machine.tick(now);
    return now - start;
  }

  void cut(sluice::errc why = sluice::errc::connection_lost) {
    machine.link_down(sluice::error(why, "cut by the test"), now);
  }

  // A server that says the right things.

  static constexpr std::string_view hello =
      "%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n$5\r\nproto\r\n:3\r\n"
      "$2\r\nid\r\n:12\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n"
      "$7\r\nmodules\r\n*0\r\n"sv;
  static constexpr std::string_view no_features =
      "*8\r\n_\r\n_\r\n_\r\n_\r\n_\r\n_\r\n_\r\n_\r\n"sv;

  /// Answers the prelude of `quiet()` options, and what prepares links as one says.
  void greet(std::string_view prepared = {}) {
    const auto prelude = say();
    const auto nonce = prelude.substr(prelude.rfind("$", prelude.size() - 3));
    hear(hello);
    hear("+OK\r\n+OK\r\n+OK\r\n");
    hear(no_features);
    hear(prepared);
    hear(nonce);
  }

  /// From anywhere to a link that is ready.
  void connect(std::string_view prepared = {}) {
    machine.want_link(now);
    if (machine.state() == phase::pausing) pass_to_alarm();
    CHECK(machine.take_wish() == wish::connect);
    machine.link_up(now);
    greet(prepared);
    REQUIRE(machine.ready());
  }

  sluice::connection_options options;
  sluice::counters counted;
  sluice::clock::time_point now{1h};
  sluice::engine machine;

  std::vector<std::string> news;
  std::vector<sluice::clock::duration> pauses;

 private:
  void on_ready() override { news.push_back("ready"); }
  void on_push(const sluice::resp::value& value, const sluice::buffer_ref&) override {
    news.push_back("push " + std::string(value[0].text()));
  }
  void on_link_lost(const sluice::error& why) override {
    news.push_back("lost " + std::string(why.what()));
  }
  void on_attempt_failed(const sluice::error& why, sluice::clock::duration pause,
                         std::size_t) override {
    news.push_back("failed " + std::string(why.what()));
    pauses.push_back(pause);
  }
  void on_slow_command(std::string_view head, sluice::clock::duration) override {
    news.push_back("slow " + std::string(head));
  }
};

}  // namespace stage
