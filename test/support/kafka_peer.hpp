// Somebody else's program at the same Kafka: it writes and reads what it likes, and waits for it.
#pragma once

#include "support/catch.hpp"

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace scene {

struct kafka_record {
  std::string payload, key;
  std::map<std::string, std::string> headers;
  std::int32_t partition = 0;
};

struct committed_place {
  std::int64_t offset = 0;
  std::string note;
};

class kafka_peer {
 public:
  explicit kafka_peer(std::string addresses) : addresses_(std::move(addresses)) {}

  /// Stores one message; partition -1 leaves the choice to the key.
  void write(const std::string& topic, std::string_view payload, std::int32_t partition = 0,
             std::string_view key = {}) const {
    auto* const client = make(RD_KAFKA_PRODUCER, "");
    auto* const to = rd_kafka_topic_new(client, topic.c_str(), nullptr);
    const int refused =
        rd_kafka_produce(to, partition, RD_KAFKA_MSG_F_COPY, const_cast<char*>(payload.data()),
                         payload.size(), key.empty() ? nullptr : key.data(), key.size(), nullptr);
    CHECK(refused == 0);
    CHECK(rd_kafka_flush(client, 10'000) == RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_topic_destroy(to);
    rd_kafka_destroy(client);
  }

  /// Makes a topic on a broker that allows it.
  void make_topic(const std::string& name, int partitions) const {
    auto* const client = make(RD_KAFKA_PRODUCER, "");
    auto* wanted = rd_kafka_NewTopic_new(name.c_str(), partitions, 1, nullptr, 0);
    auto* const answers = rd_kafka_queue_new(client);
    rd_kafka_CreateTopics(client, &wanted, 1, nullptr, answers);
    auto* const answer = rd_kafka_queue_poll(answers, 10'000);
    REQUIRE(answer != nullptr);
    INFO(rd_kafka_event_error_string(answer));
    CHECK(rd_kafka_event_error(answer) == RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_event_destroy(answer);
    rd_kafka_queue_destroy(answers);
    rd_kafka_NewTopic_destroy(wanted);
    rd_kafka_destroy(client);
  }

  /// The first messages of a partition; fewer when they do not come within ten seconds.
  std::vector<kafka_record> read(const std::string& topic, std::size_t count,
                                 std::int32_t partition = 0) const {
    auto* const client = make(RD_KAFKA_CONSUMER, "peer");
    auto* const from = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(from, topic.c_str(), partition)->offset =
        RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(client, from);
    std::vector<kafka_record> found;
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (found.size() < count && std::chrono::steady_clock::now() < until) {
      auto* const next = rd_kafka_consumer_poll(client, 100);
      if (next == nullptr) continue;
      if (next->err == RD_KAFKA_RESP_ERR_NO_ERROR) found.push_back(record_of(*next));
      rd_kafka_message_destroy(next);
    }
    rd_kafka_topic_partition_list_destroy(from);
    rd_kafka_destroy(client);
    return found;
  }

  /// How many messages a partition has got.
  std::size_t count(const std::string& topic, std::int32_t partition = 0) const {
    auto* const client = make(RD_KAFKA_PRODUCER, "");
    std::int64_t low = 0;
    std::int64_t high = 0;
    CHECK(rd_kafka_query_watermark_offsets(client, topic.c_str(), partition, &low, &high, 10'000) ==
          RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_destroy(client);
    return static_cast<std::size_t>(high - low);
  }

  /// What a group has committed; the offset is negative where it has not.
  committed_place committed(const std::string& group, const std::string& topic,
                            std::int32_t partition = 0) const {
    auto* const client = make(RD_KAFKA_CONSUMER, group);
    auto* const which = rd_kafka_topic_partition_list_new(1);
    auto* const line = rd_kafka_topic_partition_list_add(which, topic.c_str(), partition);
    CHECK(rd_kafka_committed(client, which, 10'000) == RD_KAFKA_RESP_ERR_NO_ERROR);
    committed_place found{line->offset, {}};
    if (line->metadata != nullptr) {
      found.note.assign(static_cast<const char*>(line->metadata), line->metadata_size);
    }
    rd_kafka_topic_partition_list_destroy(which);
    rd_kafka_destroy(client);
    return found;
  }
  /// Commits in the name of a group that nobody is a member of.
  void commit(const std::string& group, const std::string& topic, std::int64_t offset,
              const std::string& note) const {
    auto* const client = make(RD_KAFKA_CONSUMER, group);
    auto* const which = rd_kafka_topic_partition_list_new(1);
    auto* const line = rd_kafka_topic_partition_list_add(which, topic.c_str(), 0);
    line->offset = offset;
    line->metadata = ::strdup(note.c_str());
    line->metadata_size = note.size();
    CHECK(rd_kafka_commit(client, which, 0) == RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_topic_partition_list_destroy(which);
    rd_kafka_destroy(client);
  }

 private:
  rd_kafka_t* make(rd_kafka_type_t kind, const std::string& group) const {
    auto* const how = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(how, [](const rd_kafka_t*, int, const char*, const char*) {});
    rd_kafka_conf_set(how, "bootstrap.servers", addresses_.c_str(), nullptr, 0);
    if (!group.empty()) rd_kafka_conf_set(how, "group.id", group.c_str(), nullptr, 0);
    rd_kafka_conf_set(how, "fetch.wait.max.ms", "10", nullptr, 0);
    auto* const made = rd_kafka_new(kind, how, nullptr, 0);
    REQUIRE(made != nullptr);
    if (kind == RD_KAFKA_CONSUMER) rd_kafka_poll_set_consumer(made);
    return made;
  }

  static kafka_record record_of(const rd_kafka_message_t& what) {
    kafka_record made;
    made.payload.assign(static_cast<const char*>(what.payload), what.len);
    if (what.key != nullptr) made.key.assign(static_cast<const char*>(what.key), what.key_len);
    made.partition = what.partition;
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&what, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return made;
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0;
         rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
      made.headers[name] = std::string(static_cast<const char*>(value), size);
    }
    return made;
  }

  std::string addresses_;
};

}  // namespace scene
