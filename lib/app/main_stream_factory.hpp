// Makes what carries an app's messages.
#pragma once

#include "app/main_stream.hpp"

#include "sluice/app/app_options.hpp"
#include "sluice/app/carrier.hpp"
#include "sluice/app/kafka_address.hpp"
#include "sluice/redis/client.hpp"

#include <memory>

namespace sluice {

/// `redis` is the server of streams and lists, and with Kafka that of the answers; `brokers` are
/// those of a streams string that names Kafka. Throws `error` with `errc::invalid_argument` where
/// the program has no Kafka.
std::unique_ptr<main_stream> make_main_stream(carrier what, const client& redis,
                                              const app_options& how, const kafka_address* brokers);

}  // namespace sluice
