// Working on the messages of topics, each once, together with the other members of a group.
#pragma once

#include "sluice/group/error_handlers.hpp"
#include "sluice/redis/client.hpp"
#include "sluice/topic/malformed_message.hpp"
#include "sluice/topic/topic_delivery.hpp"
#include "sluice/topic/topic_group.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace sluice {

class topic_member;

/// Works on a message; a coroutine, or a function that returns one.
using topic_handler = std::function<boost::asio::awaitable<void>(topic_delivery&)>;

/// What a topic consumer has done so far.
struct topic_counters {
  std::uint64_t settled = 0;     ///< Messages worked on and settled by this member.
  std::uint64_t duplicates = 0;  ///< Entries acknowledged unworked, as their message was settled.
  std::uint64_t refused = 0;     ///< Worked on in vain: another member settled it, or claimed it.
  std::uint64_t unfit = 0;       ///< Entries that were no messages, or refused by a check.
  std::uint64_t failed = 0;      ///< Messages whose handler threw anything else.
};

/// A member of a group that works on topics, as telstar's `MultiConsumer`. Its keys and entries are
/// telstar's, so that both may be members of one group.
///
/// @code
/// sluice::topic_consumer bills(redis, sluice::topic_group("billing").consumer("billing-1"));
/// bills.on("orders", [](sluice::topic_delivery& order) { return charge(order.data()); });
/// co_await bills.run();
/// @endcode
///
/// A message is settled once, however often it was sent and handed out; docs/guide/topics.md says
/// what that means when members of both kinds, or a process that dies, come between. Messages come
/// one at a time, those of all topics in the order of their entries within what has arrived.
///
/// Thread rule: used on the client's executor. Any number of consumers may share a client.
/// Lifetime: keeps its client's connection alive; `run()` goes on when the object is destroyed, so
/// call `stop()` before.
class topic_consumer {
 public:
  /// Nothing is read before `run()`.
  ///
  /// Throws `error` with `errc::invalid_argument` for a group without a name, and for values that
  /// are out of range.
  topic_consumer(client redis, topic_group what);
  topic_consumer(topic_consumer&&) noexcept;
  topic_consumer& operator=(topic_consumer&&) noexcept;
  ~topic_consumer();

  /// Adds a topic with what works on its messages; of one topic the last one counts. Not while
  /// `run()` runs.
  ///
  /// Throws `error` with `errc::invalid_argument` for a topic without a name.
  topic_consumer& on(std::string topic, topic_handler work);
  /// Messages of the topic whose data `fits` returns false for are unfit; what becomes of them says
  /// `topic_group::on_unfit`.
  topic_consumer& check(std::string topic, payload_check fits);
  /// Asks `handle` what becomes of an entry when its handler threw an `Error` or a type derived
  /// from it: `verdict(const Error&, const delivery&)`. Of several the most derived one is asked.
  /// Without one `run()` throws. It is not asked about `already_settled` and `lease_lost` from
  /// `settle()`, nor about a cancelled `run()`.
  template <class Error, class Handler>
  topic_consumer& on_error(Handler handle) {
    handlers().on<Error>(std::move(handle));
    return *this;
  }

  /// Works until `stop()`; begins with what is pending under the member's name. Lost links and
  /// restarts of the server are waited out.
  ///
  /// Errors: what a handler threw and no error handler took, the entry being left pending;
  /// `malformed_message` the same way; what only a person can mend (`not_permitted`, `wrong_type`,
  /// …); `closed` when the client was closed. May be called again.
  /// Cancellation: the message under way stays pending, or its settle is finished by the server.
  /// Cost: a message one round trip (`EVALSHA`), the first of those read at once one more (`GET`);
  /// see `group_consumer` for the reading.
  boost::asio::awaitable<void> run();
  /// Works once on all that the topics hold, as telstar's `MultiConsumeOnce`: as the consumer
  /// "once-consumer" of the group, whatever the name given, and resumable after a crash. When all
  /// is settled the group is marked as done, and every later call returns at once.
  ///
  /// Returns true when it is done, now or before; false when `stop()` came between, or entries were
  /// left pending.
  /// Errors, cancellation and cost: as `run`; `GET` at the begin, at the end `XPENDING` for each
  /// topic and `SET`.
  boost::asio::awaitable<bool> run_once();
  /// Lets the message under way be finished and ends `run()`. A server that answers nothing is
  /// waited for 5 s; by a handler that settles itself until it answers, `run()` is cancelled, or
  /// the client is closed. What was fetched and not begun stays pending under the member's name;
  /// with `topic_group::heartbeat` or `claim_timeout` it is given back to the group at once.
  void stop() noexcept;

  /// The member's name.
  const std::string& consumer_name() const noexcept;
  /// What it has done so far, over all runs.
  topic_counters counters() const noexcept;

 private:
  error_handlers& handlers() noexcept;

  std::shared_ptr<topic_member> member_;
};

}  // namespace sluice
