#include "app/backlog_pace.hpp"

namespace sluice {

bool backlog_pace::asks(time_point now, bool busy) noexcept {
  if (asking_ || asleep(busy) || now < not_before_) return false;
  return asking_ = true;
}

std::optional<std::size_t> backlog_pace::on_answer(std::optional<std::uint64_t> backlog,
                                                   time_point now) {
  asking_ = false;
  not_before_ = now + rule_.change_every();
  const auto next = backlog ? rule_.at(*backlog) : present_;
  if (next == present_) return std::nullopt;
  present_ = next;
  return next;
}

backlog_pace::time_point backlog_pace::alarm(bool busy) const noexcept {
  return asking_ || asleep(busy) ? time_point::max() : not_before_;
}

}  // namespace sluice
