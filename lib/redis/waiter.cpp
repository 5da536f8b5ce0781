#include "redis/waiter.hpp"

namespace sluice {

void waiter_list::push_back(waiter& who) noexcept {
  who.previous_ = last_;
  who.next_ = nullptr;
  (last_ == nullptr ? first_ : last_->next_) = &who;
  last_ = &who;
}

void waiter_list::remove(waiter& who) noexcept {
  (who.previous_ == nullptr ? first_ : who.previous_->next_) = who.next_;
  (who.next_ == nullptr ? last_ : who.next_->previous_) = who.previous_;
  who.previous_ = who.next_ = nullptr;
}

void resume_queue::resume_ready() {
  while (!ready_.empty()) ready_.front()->resume();
}

void resume_queue::destroy_all() {
  while (!ready_.empty()) ready_.front()->destroy();
  while (!suspended_.empty()) suspended_.front()->destroy();
}

void waiter::begin_wait() noexcept {
  state_ = state::suspended;
  home_.suspended_.push_back(*this);
}

bool waiter::make_ready() noexcept {
  if (state_ != state::suspended) return false;
  home_.suspended_.remove(*this);
  state_ = state::ready;
  home_.ready_.push_back(*this);
  on_ready();
  return true;
}

void waiter::cancel() noexcept {
  if (state_ != state::suspended) return;
  cancelled_ = true;
  on_cancel();
  make_ready();
}

void waiter::resume() {
  home_.ready_.remove(*this);
  state_ = state::idle;
  if (disconnect_ != nullptr) std::exchange(disconnect_, nullptr)(*this);
  operations_->resume(*this);
}

void waiter::destroy() {
  (state_ == state::ready ? home_.ready_ : home_.suspended_).remove(*this);
  state_ = state::idle;
  if (disconnect_ != nullptr) std::exchange(disconnect_, nullptr)(*this);
  operations_->destroy(*this);
}

}  // namespace sluice
