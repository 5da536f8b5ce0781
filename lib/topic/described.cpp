#include "sluice/topic/described.hpp"

#include "sluice/core/error.hpp"

namespace sluice {

void refuse_data(const uuid& id, const std::string& why) {
  throw error(errc::malformed_message,
              "the data of message " + id.to_string() + " has not the form that is wanted: " + why);
}

}  // namespace sluice
