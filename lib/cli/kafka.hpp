// Kafka in streams strings.
#pragma once

namespace sluice::cli {

/// From here on streams strings may name Kafka, where the command was built with librdkafka.
void enable_kafka() noexcept;

}  // namespace sluice::cli
