// Notices when the server's clock jumps. Pure.
#pragma once

#include "sluice/core/clock.hpp"

#include <chrono>
#include <optional>

namespace sluice {

/// Compares the server's clock with one's own steady one. The idle times of a server go by its wall
/// clock: after a step they say nothing until everything has had time to be renewed.
class clock_watch {
 public:
  using server_time = std::chrono::milliseconds;  // since its epoch

  /// The server's clock showed `theirs` some time between `asked` and `now`. Returns by how much it
  /// was set since the last look, where that is more than drift and the way can explain.
  std::optional<server_time> look(server_time theirs, clock::time_point asked,
                                  clock::time_point now) {
    const auto before = last_;
    last_ = sight{theirs, asked, now};
    if (!before) return std::nullopt;
    const auto at_least = asked - before->now;
    const auto at_most = now - before->asked;
    const clock::duration theirs_elapsed = theirs - before->theirs;
    const auto slack = tolerance + at_most / 100;
    if (theirs_elapsed > at_most + slack) return step(theirs_elapsed - at_most, now);
    if (theirs_elapsed < at_least - slack) return step(theirs_elapsed - at_least, now);
    return std::nullopt;
  }
  /// What it shows at most, as far as is known from the last look.
  server_time latest(clock::time_point now) const noexcept {
    if (!last_) return {};
    return last_->theirs + std::chrono::ceil<server_time>(now - last_->asked);
  }
  /// Whether its idle times are worth something: no step within `span`.
  bool trusted(clock::duration span, clock::time_point now) const noexcept {
    return !stepped_ || now - *stepped_ >= span;
  }

 private:
  static constexpr clock::duration tolerance = std::chrono::seconds(1);
  struct sight {
    server_time theirs;
    clock::time_point asked, now;
  };

  server_time step(clock::duration by, clock::time_point now) {
    stepped_ = now;
    return std::chrono::duration_cast<server_time>(by);
  }

  std::optional<sight> last_;
  std::optional<clock::time_point> stepped_;
};

}  // namespace sluice
