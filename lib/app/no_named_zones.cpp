#include "app/time_zone.hpp"

#include "sluice/core/error.hpp"

namespace sluice {

std::shared_ptr<const time_zone> find_named_zone(std::string_view name) {
  throw error(errc::invalid_argument,
              "no time zone '" + std::string(name) +
                  "': this build of Sluice knows UTC and distances such as +02:00 only; build it "
                  "with SLUICE_TIME_ZONES=ON for names");
}

}  // namespace sluice
