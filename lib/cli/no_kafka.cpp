#include "cli/kafka.hpp"

namespace sluice::cli {

void enable_kafka() noexcept {}

}  // namespace sluice::cli
