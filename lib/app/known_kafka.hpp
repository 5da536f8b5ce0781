// How a library that knows no Kafka comes to it when a streams string names it.
#pragma once

#include "sluice/app/kafka_address.hpp"
#include "sluice/app/kafka_carrier.hpp"

namespace sluice {

/// Finds the brokers of a URL.
using kafka_reader = kafka_carrier (*)(const kafka_address& where);

/// From here on streams strings may name Kafka. From any thread, as often as wanted.
void know_kafka(kafka_reader how) noexcept;
/// Throws `error` with `errc::invalid_argument` where nobody has said how.
kafka_carrier known_kafka(const kafka_address& where);

}  // namespace sluice
