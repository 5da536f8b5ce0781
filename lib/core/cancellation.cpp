#include "core/cancellation.hpp"

#include "sluice/core/error.hpp"

namespace sluice {

bool is_cancellation(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& why) {
    return why.code() == condition::cancelled;
  } catch (...) {
    return false;
  }
}

}  // namespace sluice
