#include "sluice/group/worker.hpp"

#include "core/bounded.hpp"
#include "group/member_defaults.hpp"
#include "group/workshop.hpp"

#include <utility>

namespace sluice {
namespace {

using namespace std::chrono_literals;

}  // namespace

worker_options& worker_options::concurrency(std::size_t entries) {
  if (entries == 0) throw error(errc::invalid_argument, "concurrency must be at least 1");
  concurrency_ = entries;
  return *this;
}

worker_options& worker_options::wrap(middleware around) {
  if (!around) throw error(errc::invalid_argument, "what is wrapped around handlers is empty");
  around_.push_back(std::move(around));
  return *this;
}

worker_options& worker_options::drain_within(std::chrono::milliseconds limit) {
  if (limit < 0ms) throw error(errc::invalid_argument, "the time to drain cannot be negative");
  drain_ = bounded(limit);
  return *this;
}

worker_options concurrency(std::size_t entries) {
  worker_options made;
  made.concurrency(entries);
  return made;
}

worker::worker(client redis, group what, entry_handler handler, worker_options how)
    : worker(group_consumer(std::move(redis), with_member_defaults(std::move(what), how.retry())),
             std::move(handler), how) {}

worker::worker(group_consumer from, entry_handler handler, worker_options how) {
  if (!handler) throw error(errc::invalid_argument, "a worker needs a handler");
  shop_ = std::make_shared<workshop>(std::move(from), std::move(handler), std::move(how));
}

worker::worker(worker&&) noexcept = default;
worker& worker::operator=(worker&& other) noexcept {
  if (this != &other) {
    stop();
    shop_ = std::move(other.shop_);
  }
  return *this;
}
worker::~worker() { stop(); }

boost::asio::awaitable<void> worker::run() { return workshop::run(shop_); }

void worker::stop() noexcept {
  if (shop_) shop_->stop();
}

void worker::pause() noexcept { shop_->pause(); }
void worker::resume() { shop_->resume(); }
void worker::concurrency(std::size_t entries) { shop_->concurrency(entries); }
worker_statistics worker::statistics() const noexcept { return shop_->statistics(); }
const std::string& worker::consumer_name() const noexcept { return shop_->member(); }

}  // namespace sluice
