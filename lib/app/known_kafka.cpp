#include "app/known_kafka.hpp"

#include "sluice/core/error.hpp"

#include <atomic>

namespace sluice {
namespace {

std::atomic<kafka_reader> reader = nullptr;

}  // namespace

void know_kafka(kafka_reader how) noexcept { reader = how; }

kafka_carrier known_kafka(const kafka_address& where) {
  const kafka_reader how = reader;
  if (how != nullptr) return how(where);
  throw error(errc::invalid_argument,
              "Kafka needs the library sluice::kafka: link it, and call sluice::kafka::enable() "
              "before the app is made");
}

}  // namespace sluice
