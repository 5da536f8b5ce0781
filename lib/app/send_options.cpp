#include "sluice/app/send_options.hpp"

#include "sluice/core/error.hpp"

namespace sluice {

send_options& send_options::within(std::chrono::milliseconds time) {
  if (time.count() <= 0) throw error(errc::invalid_argument, "an answer within no time");
  within_ = time;
  return *this;
}

send_options& send_options::after(std::chrono::milliseconds time) {
  if (time.count() <= 0) throw error(errc::invalid_argument, "a delay of no time");
  after_ = time;
  at_.reset();
  return *this;
}

send_options& send_options::at(std::chrono::system_clock::time_point time) {
  at_ = time;
  after_.reset();
  return *this;
}

}  // namespace sluice
