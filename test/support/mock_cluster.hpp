// Kafka brokers of one's own: librdkafka's mock cluster, which speaks the protocol over sockets.
#pragma once

#include "support/catch.hpp"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <string>

namespace scene {

/// Serves from its own threads until it is destroyed. Groups wait three seconds for their first
/// members.
class mock_cluster {
 public:
  explicit mock_cluster(int brokers = 1)
      : owner_(rd_kafka_new(RD_KAFKA_PRODUCER, quiet(), nullptr, 0)),
        cluster_(rd_kafka_mock_cluster_new(owner_, brokers)) {}
  mock_cluster(const mock_cluster&) = delete;
  mock_cluster& operator=(const mock_cluster&) = delete;
  ~mock_cluster() {
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(owner_);
  }

  std::string addresses() const { return rd_kafka_mock_cluster_bootstraps(cluster_); }
  void make_topic(const std::string& name, int partitions) {
    rd_kafka_mock_topic_create(cluster_, name.c_str(), partitions, 1);
  }
  void take_down(int broker = 1) { rd_kafka_mock_broker_set_down(cluster_, broker); }
  void bring_up(int broker = 1) { rd_kafka_mock_broker_set_up(cluster_, broker); }
  /// The next requests of a kind, by its number in the protocol, are answered with an error.
  void refuse(int request, rd_kafka_resp_err_t with, int times) {
    for (int i = 0; i < times; ++i) {
      rd_kafka_mock_push_request_errors(cluster_, static_cast<std::int16_t>(request), 1, with);
    }
  }

 private:
  static rd_kafka_conf_t* quiet() {
    auto* const made = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(made, [](const rd_kafka_t*, int, const char*, const char*) {});
    return made;
  }

  rd_kafka_t* owner_;
  rd_kafka_mock_cluster_t* cluster_;
};

}  // namespace scene
