#include "app/main_stream_factory.hpp"

#include "app/known_kafka.hpp"
#include "app/list_main.hpp"
#include "app/stream_main.hpp"

namespace sluice {

std::unique_ptr<main_stream> make_main_stream(carrier what, const client& redis,
                                              const app_options& how,
                                              const kafka_address* brokers) {
  switch (what) {
    case carrier::streams:
      return std::make_unique<stream_main>(redis);
    case carrier::lists:
      return std::make_unique<list_main>(redis, how.keep_until_handled());
    case carrier::kafka:
      break;
  }
  return brokers == nullptr ? how.kafka()->make()(redis) : known_kafka(*brokers).make()(redis);
}

}  // namespace sluice
