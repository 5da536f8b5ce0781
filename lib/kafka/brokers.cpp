#include "sluice/kafka/brokers.hpp"

#include "app/known_kafka.hpp"
#include "kafka/kafka_main.hpp"
#include "kafka/settings.hpp"

#include "sluice/core/error.hpp"

#include <algorithm>
#include <array>

namespace sluice::kafka {
namespace {

using namespace std::chrono_literals;

// With another value of one of these what is promised would not hold.
constexpr std::array reserved{"bootstrap.servers",
                              "enable.auto.commit",
                              "enable.auto.offset.store",
                              "enable.idempotence",
                              "group.id",
                              "log.queue",
                              "partition.assignment.strategy",
                              "security.protocol"};

}  // namespace

brokers::brokers(std::string addresses) : addresses_(std::move(addresses)) {
  if (addresses_.empty()) throw error(errc::invalid_argument, "Kafka needs a broker's address");
}

brokers::brokers(const kafka_address& where) : brokers(where.brokers()) {
  if (!where.user().empty()) user(where.user(), where.password());
  if (!where.tls()) return;
  tls();
  if (!where.tls()->ca_file().empty()) trust(where.tls()->ca_file());
  if (!where.tls()->certificate_file().empty()) {
    certificate(where.tls()->certificate_file(), where.tls()->key_file());
  }
  if (!where.tls()->verify()) property("enable.ssl.certificate.verification", "false");
}

brokers& brokers::user(std::string name, std::string password) {
  sasl_ = true;
  properties_.emplace_back("sasl.username", std::move(name));
  properties_.emplace_back("sasl.password", std::move(password));
  return *this;
}

brokers& brokers::trust(std::string ca_file) {
  properties_.emplace_back("ssl.ca.location", std::move(ca_file));
  return tls();
}

brokers& brokers::certificate(std::string file, std::string key_file) {
  properties_.emplace_back("ssl.certificate.location", std::move(file));
  properties_.emplace_back("ssl.key.location", std::move(key_file));
  return tls();
}

brokers& brokers::send_within(std::chrono::milliseconds limit) {
  if (limit <= 0ms) throw error(errc::invalid_argument, "the time to send must be positive");
  send_within_ = limit;
  return *this;
}

brokers& brokers::queue_at_most(std::size_t messages) {
  if (messages == 0) throw error(errc::invalid_argument, "a queue of no messages");
  queue_at_most_ = messages;
  return *this;
}

brokers& brokers::rebalance_within(std::chrono::milliseconds limit) {
  if (limit < 0ms) throw error(errc::invalid_argument, "the time to rebalance cannot be negative");
  rebalance_within_ = limit;
  return *this;
}

brokers& brokers::property(std::string name, std::string value) {
  if (std::find(reserved.begin(), reserved.end(), name) != reserved.end()) {
    throw error(errc::invalid_argument, "'" + name + "' is not for users to set");
  }
  const native_conf trial(rd_kafka_conf_new());
  settings::set(*trial, name, value);
  properties_.emplace_back(std::move(name), std::move(value));
  return *this;
}

brokers::operator kafka_carrier() const {
  const auto chosen = std::make_shared<const settings>(*this);
  // What cannot be right is said here, not when the first message is sent.
  chosen->for_sending();
  chosen->for_receiving("trial");
  return kafka_carrier([chosen](const client& redis) -> std::unique_ptr<main_stream> {
    return std::make_unique<kafka_main>(redis, chosen);
  });
}

void enable() noexcept {
  know_kafka([](const kafka_address& where) -> kafka_carrier { return brokers(where); });
}

}  // namespace sluice::kafka
