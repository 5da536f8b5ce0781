// What tests of Kafka begin with: brokers, a Redis server for the answers, and a peer.
#pragma once

#include "support/kafka_peer.hpp"
#include "support/mock_cluster.hpp"
#include "support/stream_world.hpp"

#include <sluice/app/app.hpp>
#include <sluice/kafka/brokers.hpp>

#include <boost/json.hpp>

#include <chrono>
#include <cstdlib>
#include <string>

namespace scene {

/// An app's options: its messages travel over these brokers.
inline sluice::app_options over(const sluice::kafka::brokers& which) {
  return sluice::app_options().main(which);
}

/// On mock brokers of its own, whose groups wait three seconds for their first members and count
/// that as silence; on those that SLUICE_KAFKA names, with names of its own.
struct kafka_world : stream_world {
  explicit kafka_world(int partitions = 1, const char* who = std::getenv("SLUICE_KAFKA"))
      : named(who) {
    make_topic(jobs, partitions);
    make_topic(dead_jobs, 1);
  }

  /// Impatient settings: the mock answers a fetch only when something is there or its time is over.
  sluice::kafka::brokers brokers() const {
    return sluice::kafka::brokers(addresses)
        .property("fetch.wait.max.ms", "10")
        .property("reconnect.backoff.ms", "20")
        .property("reconnect.backoff.max.ms", "200")
        .property("session.timeout.ms", named == nullptr ? "4000" : "6000")
        .property("heartbeat.interval.ms", "100");
  }
  sluice::app make_app(const std::string& name) {
    return sluice::app(redis, name, over(brokers()));
  }
  /// Runs an app beside the scene.
  void serve(sluice::app& which) {
    ++served;
    beside([this, &which]() -> asio::awaitable<void> {
      co_await which.run();
      --served;
    });
  }
  /// Stops apps that are served, and waits until all that are have ended.
  template <class... Apps>
  asio::awaitable<void> stop(Apps&... which) {
    (which.stop(), ...);
    co_await until([this] { return served == 0; });
  }

  void make_topic(const std::string& name, int partitions) {
    if (named == nullptr) {
      cluster.make_topic(name, partitions);
    } else {
      peer.make_topic(name, partitions);
    }
  }

  int served = 0;
  const char* named;
  mock_cluster cluster;
  std::string addresses = named == nullptr ? cluster.addresses() : named;
  std::string suffix =
      named == nullptr
          ? std::string()
          : "-" + std::to_string(std::chrono::system_clock::now().time_since_epoch().count());
  /// A topic, that of its dead letters, and the group of an app.
  std::string jobs = "jobs" + suffix, dead_jobs = jobs + ".dead", billing = "billing" + suffix;
  kafka_peer peer{addresses};
};

/// On brokers that break when they are told to.
struct mock_world : kafka_world {
  mock_world() : kafka_world(1, nullptr) {}
};

/// A message as streamback's processes write it.
inline std::string written_by_streamback(int value) {
  return R"({"value": )" + std::to_string(value) +
         R"(, "event": "message", "source_group": "python"})";
}

}  // namespace scene
