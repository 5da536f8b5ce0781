// What tests of Kafka begin with: brokers, a Redis server for the answers, and a peer.
#pragma once

#include "support/kafka_peer.hpp"
#include "support/mock_cluster.hpp"
#include "support/stream_world.hpp"

#include <sluice/app/app.hpp>
#include <sluice/kafka/brokers.hpp>

#include <boost/json.hpp>

#include <string>
#include <utility>

namespace scene {

/// Groups of the mock wait three seconds for their first members, and count that as silence.
struct kafka_world : stream_world {
  explicit kafka_world(int partitions = 1) { cluster.make_topic("jobs", partitions); }

  /// Impatient settings: the mock answers a fetch only when something is there or its time is over.
  sluice::kafka::brokers brokers() const {
    return sluice::kafka::brokers(cluster.addresses())
        .property("fetch.wait.max.ms", "10")
        .property("reconnect.backoff.ms", "20")
        .property("reconnect.backoff.max.ms", "200")
        .property("session.timeout.ms", "4000")
        .property("heartbeat.interval.ms", "100");
  }
  sluice::app make_app(const std::string& name) { return sluice::app(redis, brokers(), name); }
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

  int served = 0;
  mock_cluster cluster;
  kafka_peer peer{cluster.addresses()};
};

/// A message as streamback's processes write it.
inline std::string written_by_streamback(int value) {
  return R"({"value": )" + std::to_string(value) +
         R"(, "event": "message", "source_group": "python"})";
}

}  // namespace scene
