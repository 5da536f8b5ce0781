#include "sluice/core/read_form.hpp"

namespace sluice {

void form_reader::refuse_unknown(const boost::json::object& from,
                                 const std::vector<std::string_view>& known,
                                 const json_place& here) {
  for (const auto& each : from) {
    const std::string_view name(each.key().data(), each.key().size());
    const bool is_known = std::find(known.begin(), known.end(), name) != known.end();
    if (!is_known) flaws_.add(json_place(here, name), "unknown");
  }
}

}  // namespace sluice
