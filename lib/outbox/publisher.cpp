#include "sluice/outbox/publisher.hpp"

#include "outbox/publisher_core.hpp"
#include "outbox/publisher_registry.hpp"
#include "outbox/publishing.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace sluice::outbox {

publisher::publisher(client redis, std::string database, publisher_options how)
    : core_(std::make_shared<publisher_core>(
          std::move(redis), session_source(std::move(database), how.sessions()), how)) {
  publisher_registry::enlist(core_);
}

publisher::publisher(client redis, std::shared_ptr<soci::connection_pool> database,
                     publisher_options how)
    : core_(std::make_shared<publisher_core>(std::move(redis), session_source(std::move(database)),
                                             std::move(how))) {
  publisher_registry::enlist(core_);
}

publisher::publisher(publisher&&) noexcept = default;

publisher& publisher::operator=(publisher&& other) noexcept {
  if (this == &other) return *this;
  if (core_) core_->stop();
  core_ = std::move(other.core_);
  return *this;
}

publisher::~publisher() {
  if (core_) core_->stop();
}

boost::asio::awaitable<void> publisher::run() {
  if (core_->running()) throw error(errc::invalid_argument, "this publisher runs already");
  return publish(core_);
}

void publisher::stop() noexcept { core_->stop(); }

void publisher::notify() {
  boost::asio::post(core_->link().executor(), [core = std::weak_ptr<publisher_core>(core_)] {
    if (const auto living = core.lock()) living->notify();
  });
}

publisher_statistics publisher::statistics() const noexcept { return core_->book().counts; }

}  // namespace sluice::outbox
