// How clients of librdkafka end.
#pragma once

#include "kafka/native.hpp"

namespace sluice::kafka {

/// Ends a client beside the executor: it waits for its threads, up to a second while no broker is
/// there. Everything that came from it must have been given back.
void say_farewell(rd_kafka_t* to);

}  // namespace sluice::kafka
