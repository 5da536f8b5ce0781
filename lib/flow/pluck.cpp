#include "sluice/flow/pluck.hpp"

#include "sluice/core/error.hpp"

namespace sluice::flow {

void named_part::missing() const {
  throw error(errc::malformed_message, "there is no '" + name_ + "' in it");
}

}  // namespace sluice::flow
