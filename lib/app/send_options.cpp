#include "sluice/app/send_options.hpp"

#include "sluice/core/error.hpp"

namespace sluice {

send_options& send_options::within(std::chrono::milliseconds time) {
  if (time.count() <= 0) throw error(errc::invalid_argument, "an answer within no time");
  within_ = time;
  return *this;
}

}  // namespace sluice
