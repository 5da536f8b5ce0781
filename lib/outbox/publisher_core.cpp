#include "outbox/publisher_core.hpp"

#include <utility>

namespace sluice::outbox {
namespace {

void wake(std::vector<waiter*>& whom) {
  for (auto* const each : std::exchange(whom, {})) each->make_ready();
}

}  // namespace

publisher_core::publisher_core(client redis, session_source sessions, publisher_options how)
    : redis_(std::move(redis)),
      how_(std::move(how)),
      sessions_(std::make_shared<const session_source>(std::move(sessions))),
      threads_(how_.sessions()),
      book_(how_) {
  link().observe(*this);
}

publisher_core::~publisher_core() {
  link().forget(*this);
  finish_sql();
}

void publisher_core::tell(const publish_failure& what) const {
  if (how_.on_failure()) how_.on_failure()(what);
}

void publisher_core::begin() {
  lanes_ = how_.sessions();
  stopping_ = false;
  failure_ = nullptr;
}

void publisher_core::stop() noexcept {
  stopping_ = true;
  wake(sleepers_);
}

void publisher_core::end_lane(std::exception_ptr failure) {
  if (failure && !failure_) failure_ = std::move(failure);
  stop();
  if (--lanes_ == 0) wake(mourners_);
}

void publisher_core::check() const {
  if (failure_) std::rethrow_exception(failure_);
}

void publisher_core::notify() {
  ++notices_;
  wake(sleepers_);
}

}  // namespace sluice::outbox
