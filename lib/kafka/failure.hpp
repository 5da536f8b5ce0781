// Errors of librdkafka and of brokers, as errors of this library.
#pragma once

#include "kafka/native.hpp"

#include "sluice/core/error.hpp"

#include <string>

namespace sluice::kafka {

errc code_of(rd_kafka_resp_err_t code) noexcept;
/// `message` says what was attempted; the broker's words are the server's text.
error failure(rd_kafka_resp_err_t code, diagnostics about, std::string words = {});
/// Nothing but a change of configuration or a new process will help.
bool is_final(rd_kafka_resp_err_t code) noexcept;

}  // namespace sluice::kafka
