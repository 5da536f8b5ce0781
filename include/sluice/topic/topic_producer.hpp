// Sending messages to topics.
#pragma once

#include "sluice/core/entry_id.hpp"
#include "sluice/redis/client.hpp"
#include "sluice/topic/topic_batch.hpp"
#include "sluice/topic/topic_message.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/json/fwd.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

class topic_outlet;

/// Gives the next batch; an empty one when there is nothing to send now.
using topic_source = std::function<boost::asio::awaitable<topic_batch>()>;
/// A step of a producer: fetching, sending, and the batch's `when_stored`.
using topic_step = std::function<boost::asio::awaitable<void>()>;
/// What surrounds each step: it begins a transaction of a database, awaits the step, and commits;
/// or rolls back, and rethrows, when that throws.
using topic_surroundings = std::function<boost::asio::awaitable<void>(topic_step)>;

/// Sends messages to topics in telstar's form, for telstar's consumers and for `topic_consumer`.
///
/// Thread rule: used on the client's executor. Any number of coroutines may send at once.
/// Lifetime: keeps its client's connection alive; operations in progress outlive the producer.
class topic_producer {
 public:
  /// A producer on the shared connection; all keys begin with `prefix`.
  explicit topic_producer(client redis, std::string prefix = "telstar:");
  topic_producer(topic_producer&&) noexcept;
  topic_producer& operator=(topic_producer&&) noexcept;
  ~topic_producer();

  /// A new id (UUID version 4). Make it before sending, and keep it, where a message may have to be
  /// sent again: then it is worked on once all the same.
  uuid make_id() const;

  /// Sends a message and gives the id of its entry.
  ///
  /// Errors: `outcome_unknown` when the link broke after sending: send the same message, of the
  /// same id, again; `invalid_argument` for a topic without a name, and for data that is no JSON
  /// (NaN, an infinity, text that is no UTF-8, nested deeper than 64, more than 16 MiB); the errors
  /// of `client::exec`.
  /// Cancellation: a message that was sent is added all the same.
  /// Cost: one round trip (`MULTI`, `XADD`, `EXEC`).
  boost::asio::awaitable<entry_id> send(std::string_view topic, const topic_message& what);
  /// The same for data, as a message of a new id.
  ///
  /// Errors: as above; after `outcome_unknown` sending again would double it.
  /// Cancellation and cost: as above.
  boost::asio::awaitable<entry_id> send(std::string_view topic, const boost::json::value& data);
  /// Sends messages as one unit: all of them are added, one after the other, or none. Gives the ids
  /// of their entries.
  ///
  /// Errors: as `send`; `wrong_type` and the like of one topic leave the others' messages added.
  /// Cancellation: as `send`. Cost: one round trip (`MULTI`, `XADD` each, `EXEC`).
  boost::asio::awaitable<std::vector<entry_id>> send_batch(const topic_batch& what);

  /// How long to wait when the source had nothing. Default 500 ms, > 0.
  topic_producer& pause(std::chrono::milliseconds time);
  /// Puts each step into surroundings, such as a transaction of a database.
  topic_producer& surround(topic_surroundings with);

  /// Fetches batches from `source`, sends each, and calls its `when_stored`, until `stop()`. A step
  /// that a lost link or a server in trouble made fail is tried again with what `source` gives
  /// then: messages that were not marked as sent come again and keep their ids.
  ///
  /// Errors: what the source, the surroundings or `when_stored` throw, but for errors of this
  /// library with `condition::retryable` or `outcome_unknown`; what only a person can mend;
  /// `closed`.
  /// Cancellation: as `send`; `when_stored` may not have been called.
  /// Cost: one round trip a batch.
  boost::asio::awaitable<void> run(topic_source source);
  /// Lets the step under way be finished and ends `run()`.
  void stop() noexcept;

 private:
  std::shared_ptr<topic_outlet> outlet_;
};

}  // namespace sluice
