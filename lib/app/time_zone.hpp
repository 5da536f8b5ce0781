// How far local clocks are from UTC, and when that changes.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {

/// A time during which clocks are a constant distance from UTC.
struct zone_period {
  std::chrono::sys_seconds begin;
  std::chrono::sys_seconds end;
  /// What a clock shows more than UTC.
  std::chrono::seconds offset{0};
};

/// Immutable, and used from any thread.
class time_zone {
 public:
  explicit time_zone(std::string name) : name_(std::move(name)) {}
  virtual ~time_zone() = default;

  const std::string& name() const noexcept { return name_; }
  virtual zone_period at(std::chrono::sys_seconds when) const = 0;

 private:
  std::string name_;
};

/// Times before are of no interest, and what was before the first period is not asked for.
constexpr std::chrono::sys_seconds dawn = std::chrono::sys_days(std::chrono::year(1) / 1 / 1);
constexpr std::chrono::sys_seconds dusk = std::chrono::sys_days(std::chrono::year(9999) / 1 / 1);

/// "UTC", a distance such as "+05:30", or a name of the IANA database. Throws `error` with
/// `errc::invalid_argument`.
std::shared_ptr<const time_zone> find_time_zone(std::string_view name);

/// By the system's database. Throws `error` with `errc::invalid_argument` for an unknown name, and
/// in a build without time zones for every name.
std::shared_ptr<const time_zone> find_named_zone(std::string_view name);

}  // namespace sluice
