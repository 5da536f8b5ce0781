#include "kafka/settings.hpp"

#include "sluice/core/error.hpp"

#include <array>

namespace sluice::kafka {
namespace {

// What matters of it comes as an error as well; a library does not write to its user's terminal.
void ignore_log(const rd_kafka_t*, int, const char*, const char*) {}

const char* name_of(acknowledged_by whom) {
  switch (whom) {
    case acknowledged_by::leader:
      return "1";
    case acknowledged_by::nobody:
      return "0";
    default:
      return "all";
  }
}

void set_chosen(rd_kafka_conf_t& into, const brokers& chosen) {
  for (const auto& [name, value] : chosen.properties()) settings::set(into, name, value);
}

}  // namespace

void settings::set(rd_kafka_conf_t& into, const std::string& name, const std::string& value) {
  std::array<char, 512> words{};
  const auto done =
      rd_kafka_conf_set(&into, name.c_str(), value.c_str(), words.data(), words.size());
  if (done == RD_KAFKA_CONF_OK) return;
  throw error(
      errc::invalid_argument,
      diagnostics("librdkafka refuses its setting '" + name + "'").server_text(words.data()));
}

native_conf settings::for_both() const {
  native_conf made(rd_kafka_conf_new());
  rd_kafka_conf_set_log_cb(made.get(), ignore_log);
  set(*made, "bootstrap.servers", chosen_.addresses_);
  set(*made, "client.id", "sluice");
  // A topic that somebody makes is found soon, not after five minutes.
  set(*made, "topic.metadata.refresh.interval.ms", "10000");
  const std::string way = chosen_.tls_ ? "ssl" : "plaintext";
  set(*made, "security.protocol", chosen_.sasl_ ? "sasl_" + way : way);
  if (chosen_.sasl_) set(*made, "sasl.mechanisms", "PLAIN");
  return made;
}

native_conf settings::for_sending() const {
  auto made = for_both();
  set(*made, "acks", name_of(chosen_.acks_));
  set(*made, "enable.idempotence", chosen_.acks_ == acknowledged_by::all ? "true" : "false");
  // What a turn sends leaves together without any waiting, so that nothing has to be flushed before
  // an answer is awaited.
  set(*made, "linger.ms", "0");
  set(*made, "message.timeout.ms", std::to_string(chosen_.send_within_.count()));
  set(*made, "queue.buffering.max.messages", std::to_string(chosen_.queue_at_most_));
  set(*made, "queue.buffering.max.kbytes", "65536");
  set_chosen(*made, chosen_);
  rd_kafka_conf_set_events(made.get(), RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
  return made;
}

native_conf settings::for_receiving(const std::string& group) const {
  auto made = for_both();
  set(*made, "group.id", group);
  set(*made, "auto.offset.reset", "earliest");
  set(*made, "enable.auto.commit", "false");
  set(*made, "enable.auto.offset.store", "false");
  set(*made, "allow.auto.create.topics", "true");
  set(*made, "queued.min.messages", "1000");
  set(*made, "queued.max.messages.kbytes", "16384");
  if (chosen_.cooperative_) set(*made, "partition.assignment.strategy", "cooperative-sticky");
  set_chosen(*made, chosen_);
  rd_kafka_conf_set_events(made.get(), RD_KAFKA_EVENT_FETCH | RD_KAFKA_EVENT_ERROR |
                                           RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_OFFSET_COMMIT);
  return made;
}

}  // namespace sluice::kafka
