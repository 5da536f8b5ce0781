#include "sluice/core/read_plain.hpp"

#include <cmath>
#include <optional>
#include <utility>

namespace sluice {

namespace json = boost::json;

namespace {

void refuse_number(const json::value& from, const json_place& where, const std::string& range,
                   form_flaws& flaws) {
  const auto* const real = from.if_double();
  if (real != nullptr && std::trunc(*real) != *real) {
    return flaws.add(where, "expected a whole number, got a fraction");
  }
  if (!from.is_number()) return flaws.add_kind(where, "a whole number", from);
  flaws.add(where, "out of range: expected " + range);
}

// Casting what is out of range is undefined; 2 to the power of 63 is the first that is too great.
constexpr double signed_end = 9'223'372'036'854'775'808.0;
constexpr double unsigned_end = 2 * signed_end;

std::optional<std::int64_t> signed_in(const json::value& from) {
  if (const auto* const number = from.if_int64()) return *number;
  if (const auto* const number = from.if_uint64()) {
    if (std::in_range<std::int64_t>(*number)) return static_cast<std::int64_t>(*number);
  }
  const auto* const real = from.if_double();
  const bool whole = real != nullptr && std::trunc(*real) == *real;
  if (!whole || *real < -signed_end || *real >= signed_end) return std::nullopt;
  return static_cast<std::int64_t>(*real);
}

std::optional<std::uint64_t> unsigned_in(const json::value& from) {
  if (const auto* const number = from.if_uint64()) return *number;
  if (const auto* const number = from.if_int64()) {
    if (*number >= 0) return static_cast<std::uint64_t>(*number);
  }
  const auto* const real = from.if_double();
  const bool whole = real != nullptr && std::trunc(*real) == *real;
  if (!whole || *real < 0 || *real >= unsigned_end) return std::nullopt;
  return static_cast<std::uint64_t>(*real);
}

std::string range_text(const std::string& least, const std::string& most) {
  return "a whole number from " + least + " to " + most;
}

}  // namespace

std::int64_t read_signed(const json::value& from, const json_place& where, std::int64_t least,
                         std::int64_t most, form_flaws& flaws) {
  const auto number = signed_in(from);
  if (number && *number >= least && *number <= most) return *number;
  refuse_number(from, where, range_text(std::to_string(least), std::to_string(most)), flaws);
  return 0;
}

std::uint64_t read_unsigned(const json::value& from, const json_place& where, std::uint64_t most,
                            form_flaws& flaws) {
  const auto number = unsigned_in(from);
  if (number && *number <= most) return *number;
  refuse_number(from, where, range_text("0", std::to_string(most)), flaws);
  return 0;
}

double read_real(const json::value& from, const json_place& where, double most, form_flaws& flaws) {
  if (!from.is_number()) {
    flaws.add_kind(where, "a number", from);
    return 0;
  }
  boost::system::error_code wrong;
  const auto number = from.to_number<double>(wrong);
  if (!wrong && std::abs(number) <= most) return number;
  flaws.add(where, "out of range");
  return 0;
}

bool read_bool(const json::value& from, const json_place& where, form_flaws& flaws) {
  const auto* const found = from.if_bool();
  if (found == nullptr) flaws.add_kind(where, "a boolean", from);
  return found != nullptr && *found;
}

std::string_view read_text(const json::value& from, const json_place& where, form_flaws& flaws) {
  const auto* const found = from.if_string();
  if (found != nullptr) return {found->data(), found->size()};
  flaws.add_kind(where, "a string", from);
  return {};
}

const json::object* read_object(const json::value& from, const json_place& where,
                                form_flaws& flaws) {
  const auto* const found = from.if_object();
  if (found == nullptr) flaws.add_kind(where, "an object", from);
  return found;
}

const json::array* read_array(const json::value& from, const json_place& where, form_flaws& flaws) {
  const auto* const found = from.if_array();
  if (found == nullptr) flaws.add_kind(where, "an array", from);
  return found;
}

const json::array* read_array_of(std::size_t size, const json::value& from, const json_place& where,
                                 form_flaws& flaws) {
  const auto* const found = read_array(from, where, flaws);
  if (found == nullptr || found->size() == size) return found;
  flaws.add(where,
            "expected " + std::to_string(size) + " elements, got " + std::to_string(found->size()));
  return nullptr;
}

}  // namespace sluice
