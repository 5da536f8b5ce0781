// What somebody's exception was.
#pragma once

#include <exception>
#include <string>

namespace sluice {

/// Whether an exception is of this type, or of one derived from it. `failure` must not be null.
///
/// Thread rule: may be called from any thread.
template <class Error>
bool thrown_is(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Error&) {
    return true;
  } catch (...) {
    return false;
  }
}

/// What it says of itself; of what is no `std::exception`, that it is none. `failure` must not be
/// null.
///
/// Thread rule: may be called from any thread.
std::string thrown_text(const std::exception_ptr& failure);

}  // namespace sluice
