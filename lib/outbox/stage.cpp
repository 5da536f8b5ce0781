#include "sluice/outbox/stage.hpp"

#include "outbox/sql_failure.hpp"
#include "outbox/statements.hpp"
#include "topic/message_codec.hpp"

#include "sluice/core/clock.hpp"
#include "sluice/core/random.hpp"
#include "sluice/core/uuid.hpp"

#include <soci/soci.h>

namespace sluice::outbox {
namespace {

// What both the stream's consumers and every layout's column take.
constexpr std::size_t longest_topic = 255;

std::string new_id() {
  // Staging happens on any thread; a source belongs to one.
  thread_local const random_source random = system_random();
  return uuid::random(random).to_string();
}

}  // namespace

stage_options& stage_options::delay(std::chrono::milliseconds time) {
  if (time.count() < 0) throw error(errc::invalid_argument, "a delay is not below zero");
  delay_ = time;
  return *this;
}

stage_options& stage_options::id(std::string_view text) {
  const auto read = uuid::parse(text);
  if (!read) throw error(errc::invalid_argument, "a message's id is a UUID");
  id_ = read->to_string();
  return *this;
}

std::string stage(soci::session& sql, std::string_view topic, const boost::json::value& data,
                  const stage_options& how) {
  if (topic.empty() || topic.size() > longest_topic || topic.find('\0') != std::string_view::npos) {
    throw error(errc::invalid_argument, "a topic has 1 to 255 bytes, none of them zero");
  }
  auto id = how.id().empty() ? new_id() : how.id();
  const std::string bound_topic(topic);
  // A row that no consumer could read would stand in the way of its topic for ever.
  const auto bound_data = encode_data(topic_message(*uuid::parse(id), data));
  const auto now = system_clock()->wall_now();
  in_sql([&] {
    const statements text(how.into(), dialect_of(sql));
    sql << text.insert(id, now + how.delay(), now), soci::use(bound_topic, "topic"),
        soci::use(bound_data, "data");
  });
  return id;
}

}  // namespace sluice::outbox
