// What librdkafka hands out, each with the function that takes it back.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>

namespace sluice::kafka {

struct native_deleter {
  void operator()(rd_kafka_conf_t* what) const noexcept { rd_kafka_conf_destroy(what); }
  void operator()(rd_kafka_event_t* what) const noexcept { rd_kafka_event_destroy(what); }
  void operator()(rd_kafka_queue_t* what) const noexcept { rd_kafka_queue_destroy(what); }
  void operator()(rd_kafka_error_t* what) const noexcept { rd_kafka_error_destroy(what); }
  void operator()(rd_kafka_headers_t* what) const noexcept { rd_kafka_headers_destroy(what); }
  void operator()(rd_kafka_topic_partition_list_t* what) const noexcept {
    rd_kafka_topic_partition_list_destroy(what);
  }
  void operator()(rd_kafka_ListConsumerGroupOffsets_t* what) const noexcept {
    rd_kafka_ListConsumerGroupOffsets_destroy(what);
  }
};

template <class Native>
using native = std::unique_ptr<Native, native_deleter>;

using native_conf = native<rd_kafka_conf_t>;
using native_event = native<rd_kafka_event_t>;
using native_queue = native<rd_kafka_queue_t>;
using native_error = native<rd_kafka_error_t>;
using native_headers = native<rd_kafka_headers_t>;
using native_partitions = native<rd_kafka_topic_partition_list_t>;
using native_offsets_question = native<rd_kafka_ListConsumerGroupOffsets_t>;

}  // namespace sluice::kafka
