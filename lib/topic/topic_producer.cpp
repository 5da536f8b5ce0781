#include "sluice/topic/topic_producer.hpp"

#include "topic/topic_outlet.hpp"

#include <boost/json/value.hpp>

#include <utility>

namespace sluice {
namespace {

using outlet_ptr = std::shared_ptr<topic_outlet>;

boost::asio::awaitable<std::vector<entry_id>> add_all(outlet_ptr out, transaction what) {
  auto ids = co_await out->add(std::move(what));
  co_return ids;
}

boost::asio::awaitable<entry_id> add_one(outlet_ptr out, transaction what) {
  const auto ids = co_await out->add(std::move(what));
  co_return ids.at(0);
}

boost::asio::awaitable<void> run_outlet(outlet_ptr out, topic_source source) {
  co_await out->run(std::move(source));
}

}  // namespace

topic_producer::topic_producer(client redis, std::string prefix)
    : outlet_(std::make_shared<topic_outlet>(std::move(redis), std::move(prefix))) {}

topic_producer::topic_producer(topic_producer&&) noexcept = default;
topic_producer& topic_producer::operator=(topic_producer&&) noexcept = default;
topic_producer::~topic_producer() = default;

uuid topic_producer::make_id() const { return outlet_->make_id(); }

boost::asio::awaitable<entry_id> topic_producer::send(std::string_view topic,
                                                      const topic_message& what) {
  transaction unit;
  unit.add(outlet_->add_command(topic, what));
  return add_one(outlet_, std::move(unit));
}

boost::asio::awaitable<entry_id> topic_producer::send(std::string_view topic,
                                                      const boost::json::value& data) {
  return send(topic, topic_message(make_id(), data));
}

boost::asio::awaitable<std::vector<entry_id>> topic_producer::send_batch(const topic_batch& what) {
  return add_all(outlet_, outlet_->add_commands(what));
}

topic_producer& topic_producer::pause(std::chrono::milliseconds time) {
  if (time.count() <= 0) throw error(errc::invalid_argument, "a pause lasts longer than nothing");
  outlet_->set_pause(time);
  return *this;
}

topic_producer& topic_producer::surround(topic_surroundings with) {
  outlet_->set_surroundings(std::move(with));
  return *this;
}

boost::asio::awaitable<void> topic_producer::run(topic_source source) {
  if (!source) throw error(errc::invalid_argument, "a producer needs a source of batches");
  outlet_->begin_again();
  return run_outlet(outlet_, std::move(source));
}

void topic_producer::stop() noexcept { outlet_->stop(); }

}  // namespace sluice
