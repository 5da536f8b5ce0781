#include "sluice/app/app_options.hpp"

#include "sluice/core/error.hpp"

namespace sluice {

app_options& app_options::main(carrier what) {
  if (what == carrier::kafka) {
    throw error(errc::invalid_argument,
                "Kafka takes brokers: main(kafka::brokers(…)), or a streams string");
  }
  main_ = what;
  kafka_.reset();
  return *this;
}

app_options& app_options::main(kafka_carrier brokers) {
  main_ = carrier::kafka;
  kafka_ = std::move(brokers);
  return *this;
}

}  // namespace sluice
