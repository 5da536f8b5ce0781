#include "sluice/core/thrown.hpp"

namespace sluice {

std::string thrown_text(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& why) {
    return why.what();
  } catch (...) {
    return "an exception of no known type";
  }
}

}  // namespace sluice
