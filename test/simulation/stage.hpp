// A client, a modelled server and a clock, for stories of one failure each.
#pragma once

#include "dice.hpp"
#include "model_server.hpp"
#include "process.hpp"
#include "simulated_wire.hpp"
#include "timeline.hpp"

#include "redis/client_access.hpp"
#include "support/catch.hpp"

#include "sluice/group/group_consumer.hpp"
#include "sluice/stream/producer.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::simulation {

using namespace std::chrono_literals;

class no_witness final : public data_witness {
  void on_append(const std::string&, entry_id, const stored_stream::field_list&) override {}
  void on_delete(const std::string&, entry_id) override {}
  void on_group_gone(const std::string&, const std::string&) override {}
  void on_owner(const ownership_change&) override {}
  void on_acknowledged(const std::string&, const std::string&, entry_id, const std::string&,
                       const std::string&) override {}
  void on_published(const std::string&, const std::string&) override {}
  void on_scored(const std::string&, const std::string&, double) override {}
  void on_unscored(const std::string&, const std::string&, double) override {}
  void on_flush() override {}
};

class fair_network final : public network {
 public:
  using network::network;

  /// How many of the next attempts to connect are refused.
  int refusals = 0;
  /// When the next link falls silent.
  std::optional<clock::duration> silence;
  /// After how long links break, with what is on its way.
  std::optional<clock::duration> life;

 private:
  link_fate next_fate() override {
    link_fate fate;
    if (refusals > 0) {
      --refusals;
      fate.welcome = link_fate::arrival::refused;
    }
    fate.silent_after = std::exchange(silence, {});
    fate.break_after = life;
    fate.connect_delay = fate.least_latency = fate.most_latency = 1ms;
    return fate;
  }
};

/// A client, a server and a clock.
struct stage {
  stage() : server(time, dice(1), witness), wires(time, server, dice(2)), redis(connect()) {}
  ~stage() {
    time.run_ready();
    time.forget_acts();
    time.end_context();
  }

  /// A program of its own.
  client connect() { return connect(process::make(time)); }
  client connect(event_handler told) { return connect(process::make(time), std::move(told)); }
  client connect(std::shared_ptr<process> home, event_handler told = nullptr) {
    connection_options chosen;
    chosen.time_source(home->time_source()).random(seeded_random(3)).on_event(std::move(told));
    return client_access::make(
        connection::make(time.io().get_executor(), std::move(chosen), wires.factory(home)));
  }
  void pass(clock::duration how_long) {
    time.run_until([] { return false; }, time.now() + how_long);
  }
  void add(const std::string& stream, const std::string& payload) {
    producer to(redis);
    boost::asio::co_spawn(time.io(), to.add(stream, fields("tag", payload)),
                          [](std::exception_ptr failure, entry_id) { REQUIRE_FALSE(failure); });
    pass(10ms);
  }

  no_witness witness;
  timeline time;
  model_server server;
  fair_network wires;
  client redis;
};

/// Takes entries until the consumer ends, and keeps them.
template <class Consumer, class Entry>
boost::asio::awaitable<void> take_all(Consumer& from, std::vector<Entry>& to) {
  for (;;) {
    auto next = co_await from.get_entry();
    if (!next) co_return;
    to.push_back(*std::move(next));
  }
}

template <class Consumer, class Entry>
void run(stage& on, Consumer& from, std::vector<Entry>& to) {
  boost::asio::co_spawn(on.time.io(), take_all(from, to), rethrow);
}

}  // namespace sluice::simulation
