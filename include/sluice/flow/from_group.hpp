// A source of the entries that a member of a group is given.
#pragma once

#include "sluice/flow/stage.hpp"
#include "sluice/group/group_consumer.hpp"
#include "sluice/group/retry_policy.hpp"
#include "sluice/redis/client.hpp"
#include "sluice/stream/entry.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>

namespace sluice::flow {

/// The source of `from_group`.
///
/// Thread rule: used on the client's executor.
class group_entries : public source_base {
 public:
  using value_type = entry;
  static constexpr auto name = "group";

  /// Of this member.
  group_entries(group_consumer from, retry_policy retry);

  /// Called once by the run that it belongs to.
  void join(runtime& where);
  /// The next entry.
  ///
  /// Errors: those of `group_consumer::get_entry`. Cancellation: loses nothing. Cost: the same.
  boost::asio::awaitable<std::optional<item<entry>>> next();
  /// One that has come with the last one.
  std::optional<item<entry>> take();
  /// Hands back what is read ahead.
  void close() noexcept;

 private:
  std::shared_ptr<class group_feed> feed_;
};

/// The entries that a member of a group is given. One is acknowledged when everything that was made
/// of it is done with. One that failed, and that no `on_error` judged, is given back and tried
/// again as `retry` says, and moved to the dead letters in the end.
///
/// Where `what` says nothing about it, the member beats every 5 s and claims after 50 s, and
/// `max_deliveries` is the number of attempts of `retry`. With `group::wait` the pipeline ends when
/// nothing came for so long.
///
/// Throws `error` with `errc::invalid_argument` for options that contradict each other.
group_entries from_group(client redis, group what,
                         retry_policy retry = retry_policy::exponential(std::chrono::seconds(1),
                                                                        std::chrono::minutes(5)));
/// The same of a member that stays as it is configured. The pipeline closes it.
group_entries from_group(group_consumer from,
                         retry_policy retry = retry_policy::exponential(std::chrono::seconds(1),
                                                                        std::chrono::minutes(5)));

}  // namespace sluice::flow
