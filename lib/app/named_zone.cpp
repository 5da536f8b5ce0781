#include "app/time_zone.hpp"

#include "sluice/core/error.hpp"

#include <date/tz.h>

#include <algorithm>
#include <exception>

namespace sluice {
namespace {

class named_zone final : public time_zone {
 public:
  explicit named_zone(const date::time_zone& found) : time_zone(found.name()), found_(found) {}

  zone_period at(std::chrono::sys_seconds when) const override {
    const auto found = found_.get_info(when);
    return {std::max(found.begin, dawn), std::min(found.end, dusk), found.offset};
  }

 private:
  const date::time_zone& found_;  // the database lives for ever
};

}  // namespace

std::shared_ptr<const time_zone> find_named_zone(std::string_view name) {
  try {
    return std::make_shared<named_zone>(*date::locate_zone(name));
  } catch (const std::exception& why) {
    throw error(errc::invalid_argument, "no time zone '" + std::string(name) +
                                            "': a name such as Europe/Athens, UTC or a distance "
                                            "such as +02:00 is wanted (" +
                                            why.what() + ")");
  }
}

}  // namespace sluice
