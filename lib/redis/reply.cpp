#include "sluice/redis/reply.hpp"

namespace sluice {
namespace {

std::string describe(const resp::value& value) {
  std::string text(resp::to_string(value.type()));
  if (value.is_string()) text += " of " + std::to_string(value.text().size()) + " bytes";
  if (value.is_aggregate()) text += " of " + std::to_string(value.size()) + " elements";
  return text;
}

}  // namespace

// Says what came without showing it: payloads do not belong into error texts.
void reply::refuse(const resp::value& value, std::string_view wanted) {
  std::string text = "expected " + std::string(wanted) + ", got " + describe(value);
  diagnostics why(std::move(text));
  if (value.is_error()) why.server_text(std::string(value.text()));
  throw error(errc::unexpected_reply, std::move(why));
}

std::string to_string(const reply& what) { return describe(what.value()); }

std::string reply::convert(const resp::value& value, std::string*) {
  return std::string(convert(value, static_cast<std::string_view*>(nullptr)));
}

std::string_view reply::convert(const resp::value& value, std::string_view*) {
  const bool is_number = value.type() == resp::kind::integer ||
                         value.type() == resp::kind::floating ||
                         value.type() == resp::kind::big_number;
  if (!value.is_string() && !is_number) refuse(value, "a string");
  return value.text();
}

std::int64_t reply::convert(const resp::value& value, std::int64_t*) {
  if (const auto number = value.integer()) return *number;
  refuse(value, "an integer");
}

double reply::convert(const resp::value& value, double*) {
  if (const auto number = value.floating()) return *number;
  refuse(value, "a number");
}

bool reply::convert(const resp::value& value, bool*) {
  if (const auto truth = value.boolean()) return *truth;
  refuse(value, "a boolean");
}

}  // namespace sluice
