#include "cli/json_object.hpp"

#include "cli/json_entry.hpp"

namespace sluice::cli {

json_object& json_object::text(std::string_view name, std::string_view value) {
  std::string quoted;
  append_json_string(quoted, value);
  return json(name, quoted);
}

json_object& json_object::number(std::string_view name, std::int64_t value) {
  return json(name, std::to_string(value));
}

json_object& json_object::number(std::string_view name, std::uint64_t value) {
  return json(name, std::to_string(value));
}

json_object& json_object::truth(std::string_view name, bool value) {
  return json(name, value ? "true" : "false");
}

json_object& json_object::null(std::string_view name) { return json(name, "null"); }

json_object& json_object::json(std::string_view name, std::string_view value) {
  if (!members_.empty()) members_ += ',';
  members_.append("\"").append(name).append("\":").append(value);
  return *this;
}

}  // namespace sluice::cli
