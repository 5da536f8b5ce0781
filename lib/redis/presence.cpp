#include "redis/presence.hpp"

namespace sluice {

bool presence::must_wait() {
  if (link_.closed()) return false;
  if (what_ == of::end) {
    link_.wait_for_end(*this);
    return true;
  }
  link_.want_link();
  if (link_.ready() || link_.gave_up()) return false;
  link_.wait_for_attempt(*this);
  return true;
}

void presence::check() const {
  if (link_.ready()) return;
  if (was_cancelled()) throw error(errc::cancelled, "cancelled while connecting");
  if (link_.closed()) throw error(errc::closed, "the client was closed");
  throw *link_.last_error();
}

void presence::leave() noexcept {
  link_.forget_attempt(*this);
  link_.forget_end(*this);
}

}  // namespace sluice
