#include "sluice/topic/topic_consumer.hpp"

#include "topic/topic_member.hpp"

#include <utility>

namespace sluice {
namespace {

// They keep the member alive; its own coroutines do not.
boost::asio::awaitable<void> run_member(std::shared_ptr<topic_member> kept) {
  co_await kept->run();
}

boost::asio::awaitable<bool> run_member_once(std::shared_ptr<topic_member> kept) {
  const bool done = co_await kept->run_once();
  co_return done;
}

}  // namespace

topic_consumer::topic_consumer(client redis, topic_group what)
    : member_(std::make_shared<topic_member>(std::move(redis), std::move(what))) {}

topic_consumer::topic_consumer(topic_consumer&&) noexcept = default;
topic_consumer& topic_consumer::operator=(topic_consumer&&) noexcept = default;
topic_consumer::~topic_consumer() = default;

topic_consumer& topic_consumer::on(std::string topic, topic_handler work) {
  if (topic.empty()) throw error(errc::invalid_argument, "a topic needs a name");
  member_->worker().lines()[std::move(topic)].work = std::move(work);
  return *this;
}

topic_consumer& topic_consumer::check(std::string topic, payload_check fits) {
  member_->worker().lines()[std::move(topic)].fits = std::move(fits);
  return *this;
}

boost::asio::awaitable<void> topic_consumer::run() {
  member_->get_ready();
  return run_member(member_);
}

boost::asio::awaitable<bool> topic_consumer::run_once() {
  member_->get_ready();
  return run_member_once(member_);
}

void topic_consumer::stop() noexcept { member_->stop(); }

const std::string& topic_consumer::consumer_name() const noexcept {
  return member_->membership().consumer();
}

topic_counters topic_consumer::counters() const noexcept { return member_->worker().counters(); }

error_handlers& topic_consumer::handlers() noexcept { return member_->worker().handlers(); }

}  // namespace sluice
