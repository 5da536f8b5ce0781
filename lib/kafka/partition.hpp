// One partition that the group has given to this process.
#pragma once

#include "kafka/attempt_mark.hpp"
#include "kafka/bell.hpp"
#include "kafka/offset_ledger.hpp"
#include "kafka/taken.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace sluice::kafka {

/// Its messages wait in a queue of their own and are taken one by one, so that librdkafka fetches
/// no more than it is told to, and nothing has to be paused.
///
/// Before the first message is handed out, it is noted with the committed offset that somebody
/// begins here. Where others have begun at the same place and never got on, messages are handed out
/// one at a time for a while, so that the one they died of is found.
class partition final {
 public:
  using trouble_handler = std::function<void(rd_kafka_event_t& what)>;

  partition(rd_kafka_t& client, bell& rung, std::string topic, std::int32_t number,
            trouble_handler on_trouble);
  ~partition();

  const std::string& topic() const noexcept { return topic_; }
  std::int32_t number() const noexcept { return number_; }
  /// What has been committed is not known yet.
  bool waits_for_mark() const noexcept { return phase_ == phase::unknown; }
  void on_mark(const attempt_mark& found);

  /// The next message for whoever works on up to `concurrency` of them; empty when none is there or
  /// may be handed out now.
  std::optional<taken> take(std::size_t concurrency);
  /// How many processes have begun with this message, this one included, as far as is known.
  std::int64_t begun_at(std::int64_t offset) const noexcept;
  /// It is done with.
  void settle(std::int64_t offset);
  /// Whoever had it has let go of it, done or not.
  void put_down() noexcept { --in_hand_; }
  std::size_t in_hand() const noexcept { return in_hand_; }

  /// What Kafka should store and does not yet.
  std::optional<attempt_mark> wanted_commit() const;
  void on_committed(const attempt_mark& what);

  /// Nothing more is handed out, and what is in hand counts as not begun.
  void leave() noexcept;
  /// It belongs to somebody else now: nothing is handed out or committed.
  void drop() noexcept;
  bool dropped() const noexcept { return phase_ == phase::dropped; }

  /// How many messages are not done with, as far as the last answers of the broker tell.
  std::int64_t lag() const;

 private:
  enum class phase : unsigned char { unknown, marked, claiming, open, leaving, dropped };

  std::optional<taken> poll();

  rd_kafka_t* client_;
  std::string topic_;
  std::int32_t number_;
  trouble_handler on_trouble_;
  native_queue fetched_;
  phase phase_ = phase::unknown;
  attempt_mark committed_;
  attempt_mark begun_;
  std::optional<taken> first_;
  std::size_t alone_ = 0;  // so many more are handed out one at a time
  std::size_t in_hand_ = 0;
  offset_ledger ledger_;
};

}  // namespace sluice::kafka
