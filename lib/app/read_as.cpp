#include "sluice/app/read_as.hpp"

#include "sluice/core/error.hpp"

namespace sluice {

void refuse_answer(const std::string& conversation, const std::string& why) {
  throw error(errc::malformed_message,
              diagnostics("the answer has not the form that is wanted: " + why).id(conversation));
}

}  // namespace sluice
