#include "cli/kafka.hpp"

#include <sluice/kafka/brokers.hpp>

namespace sluice::cli {

void enable_kafka() noexcept { kafka::enable(); }

}  // namespace sluice::cli
