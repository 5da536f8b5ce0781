#include "topic/topic_outlet.hpp"

#include "topic/message_codec.hpp"
#include "topic/topic_keys.hpp"

#include <utility>

namespace sluice {
namespace asio = boost::asio;
namespace {

std::vector<entry_id> ids_of(const std::vector<result<reply>>& answers) {
  std::vector<entry_id> ids;
  ids.reserve(answers.size());
  for (const auto& each : answers) {
    if (each.has_error()) throw each.error();
    ids.push_back(entry_id::parse(each->value().text()).value_or(entry_id()));
  }
  return ids;
}

}  // namespace

topic_outlet::topic_outlet(client redis, std::string prefix)
    : asking_(std::move(redis)), prefix_(std::move(prefix)) {}

uuid topic_outlet::make_id() const {
  auto& link = client_access::link(asking_.redis());
  return uuid::random([&link] { return link.random(); });
}

command topic_outlet::add_command(std::string_view topic, const topic_message& what) const {
  if (topic.empty()) throw error(errc::invalid_argument, "a topic needs a name");
  const auto text = encode_data(what);
  command add("XADD");
  add.arg(topic_keys::stream(prefix_, topic)).arg("*");
  add.arg(message_id_field, what.id().to_string(), message_data_field, text);
  return add;
}

transaction topic_outlet::add_commands(const topic_batch& what) const {
  transaction unit;
  for (const auto& [topic, each] : what.items()) unit.add(add_command(topic, each));
  return unit;
}

asio::awaitable<std::vector<entry_id>> topic_outlet::add(transaction what) {
  const auto count = what.size();
  client redis = asking_.redis();
  const auto answers = co_await redis.exec(std::move(what));
  auto ids = ids_of(answers);
  client_access::link(redis).counted().entries_added += count;
  co_return ids;
}

asio::awaitable<void> topic_outlet::run(topic_source source) {
  std::uint32_t failures = 0;
  while (!asking_.ended()) {
    std::size_t sent = 0;
    const auto done = co_await as_result(step(source, sent));
    if (done.has_value()) {
      failures = 0;
      if (sent == 0) co_await asking_.rest_for(pause_);
    } else if (done.error().code() == condition::retryable ||
               done.error().code() == errc::outcome_unknown) {
      co_await asking_.rest(failures);
    } else {
      throw done.error();
    }
  }
}

asio::awaitable<void> topic_outlet::step(const topic_source& source, std::size_t& sent) {
  if (!surroundings_) return fetch_and_send(source, sent);
  return surroundings_([this, &source, &sent] { return fetch_and_send(source, sent); });
}

asio::awaitable<void> topic_outlet::fetch_and_send(const topic_source& source, std::size_t& sent) {
  const topic_batch batch = co_await source();
  if (batch.empty()) co_return;
  co_await add(add_commands(batch));
  if (batch.when_stored()) co_await batch.when_stored()();
  sent = batch.size();
}

}  // namespace sluice
