// Choices for a cluster in the words of librdkafka.
#pragma once

#include "kafka/native.hpp"

#include "sluice/kafka/brokers.hpp"

#include <string>

namespace sluice::kafka {

/// Configurations of clients of either kind, made anew for each as a client takes its own. Throws
/// `error` with `errc::invalid_argument` for what librdkafka refuses.
class settings {
 public:
  explicit settings(brokers chosen) : chosen_(std::move(chosen)) {}

  const brokers& chosen() const noexcept { return chosen_; }
  native_conf for_sending() const;
  native_conf for_receiving(const std::string& group) const;
  /// One setting; the others stay as they are.
  static void set(rd_kafka_conf_t& into, const std::string& name, const std::string& value);

 private:
  native_conf for_both() const;

  brokers chosen_;
};

}  // namespace sluice::kafka
