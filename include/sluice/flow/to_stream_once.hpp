// A sink that acknowledges what it writes, in one step: exactly once from stream to stream.
#pragma once

#include "sluice/flow/receipt.hpp"
#include "sluice/flow/runtime.hpp"
#include "sluice/flow/stage.hpp"
#include "sluice/redis/client.hpp"
#include "sluice/stream/fields.hpp"
#include "sluice/stream/producer.hpp"

#include <boost/asio/awaitable.hpp>

#include <concepts>
#include <exception>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace sluice::flow {

/// The node of `to_stream_once`.
///
/// Thread rule: used on the client's executor.
/// Lifetime: that of the run.
class once_node {
 public:
  /// Of this run.
  once_node(runtime& where, client redis, std::string stream, add_options how);
  once_node(const once_node&) = delete;
  once_node& operator=(const once_node&) = delete;
  ~once_node();

  /// Sends it at once.
  void push(item<fields>&& element);
  /// The same of a batch, as one step.
  void push(item<std::vector<fields>>&& element);
  /// When much is on its way.
  bool full() const noexcept;
  /// Until some of it has arrived.
  ///
  /// Errors: none. Cancellation: ends the wait. Cost: none.
  boost::asio::awaitable<void> room();
  /// Settles an element that failed before.
  void fail(receipt from, const std::exception_ptr& why);
  /// Nothing comes any more.
  void finish() noexcept {}

 private:
  std::shared_ptr<class once_outlet> outlet_;
};

/// The sink of `to_stream_once`.
///
/// Thread rule: a value until its pipeline runs.
class once_sink : public sink_base {
 public:
  /// Into this stream.
  ///
  /// Throws `error` with `errc::invalid_argument` for options that suit one entry alone.
  once_sink(client redis, std::string stream, add_options how);

  /// Does not compile where it cannot work on `In`.
  template <class In>
  static constexpr void check() {
    static_assert(std::same_as<In, fields> || std::same_as<In, std::vector<fields>>,
                  "flow::to_stream_once: what the stage before it gives is neither sluice::fields "
                  "nor a vector of them");
  }
  /// Its node.
  template <class In>
  auto make(runtime& where) && {
    return once_node(where, std::move(redis_), std::move(stream_), how_);
  }

 private:
  client redis_;
  std::string stream_;
  add_options how_;
};

/// Adds what comes to a stream and acknowledges, in the same step, the entries of the group that it
/// was made of. Whatever is killed at any point, each of them has its effect in the stream exactly
/// once: where the entry belongs to another member by then, nothing is added, and a batch that has
/// such an entry comes again without it. A vector of `fields` may be empty: then entries are
/// acknowledged, and nothing is added.
///
/// It has to be the only way to the end: an element that goes another way as well (`branch`) may
/// have its effect there without having it here. For the same reason parts of an entry have to come
/// as one vector, by `map`: where `flat_map` makes single elements of them the run ends with
/// `errc::invalid_argument` at the second. In a cluster both streams must lie in one slot,
/// by a hash tag. Each run of a pipeline keeps what it must remember for a day in a hash
/// `<stream>:settled:<uuid>`, of the stream that it writes.
///
/// What does not come from a group fails with `errc::invalid_argument`, and so does what a script
/// cannot add: an entry of more than 3,900 fields, a batch of more than 1,000,000 words or 256 MiB
/// in all. Where `how` wants the stream to exist and it does not, they fail with `no_such_key`.
///
/// Throws `error` with `errc::invalid_argument` where `how` names an id or a key of its own, which
/// one entry alone could have.
///
/// Cost: one round trip an element, shared with its neighbours (`EVALSHA`: `XPENDING` and `XACK` an
/// entry, `XADD`, `HSET`).
inline once_sink to_stream_once(client redis, std::string stream, add_options how = add_options()) {
  return {std::move(redis), std::move(stream), how};
}

}  // namespace sluice::flow
