#include "sluice/app/app_options.hpp"

#include "sluice/core/error.hpp"

namespace sluice {

app_options& app_options::main(carrier what) {
  if (what == carrier::kafka) {
    throw error(errc::invalid_argument, "Kafka takes a streams string: main=kafka://host:port&…");
  }
  main_ = what;
  return *this;
}

}  // namespace sluice
