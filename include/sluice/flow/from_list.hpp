// A source of the elements of Redis lists.
#pragma once

#include "sluice/flow/stage.hpp"
#include "sluice/group/retry_policy.hpp"
#include "sluice/list/list_end.hpp"
#include "sluice/redis/client.hpp"
#include "sluice/stream/waiting.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::flow {

/// An element of a list.
///
/// Thread rule: a value.
class list_element {
 public:
  /// As a source makes it.
  list_element(std::string key, std::string text) : key_(std::move(key)), text_(std::move(text)) {}

  /// Of the list that it was taken from.
  const std::string& key() const noexcept { return key_; }
  /// As it was pushed; any bytes.
  const std::string& text() const noexcept { return text_; }

 private:
  std::string key_, text_;
};

/// Which lists are taken from, and how.
///
/// @code
/// flow::lists("urgent").list("usual").from(sluice::list_end::right).wait(sluice::waiting::none())
/// @endcode
///
/// Thread rule: a value.
class lists {
 public:
  /// Begins with one list; add more with `list`.
  explicit lists(std::string key) { list(std::move(key)); }

  /// Adds a list. Nothing is taken from one as long as there is something in those before it.
  lists& list(std::string key) { return keys_.push_back(std::move(key)), *this; }
  /// Where elements are taken. Default left: what `to_list`, or `RPUSH`, has pushed comes in order.
  lists& from(list_end which) { return end_ = which, *this; }
  /// How long nothing may come before the pipeline ends. Default for ever.
  lists& wait(waiting how_long) { return wait_ = how_long, *this; }
  /// How many elements are taken ahead of the pipeline, ≥ 1. Default 256.
  ///
  /// Throws `error` with `errc::invalid_argument`.
  lists& prefetch(std::size_t elements);
  /// Whether an element stays on the server until it is done with, in a list of this process's
  /// own. Default yes. Without, what is on its way is lost with the process, and less is sent.
  lists& keep_until_done(bool on) { return keep_ = on, *this; }
  /// How often the process shows that it lives; what it kept is put back by others when it was
  /// silent for six times as long. From 10 ms to 10 min. Default 5 s.
  ///
  /// Throws `error` with `errc::invalid_argument`.
  lists& heartbeat(std::chrono::milliseconds every);

  /// The keys, the most urgent first.
  const std::vector<std::string>& keys() const noexcept { return keys_; }
  list_end end() const noexcept { return end_; }
  waiting wait() const noexcept { return wait_; }
  std::size_t prefetch() const noexcept { return prefetch_; }
  bool keep_until_done() const noexcept { return keep_; }
  std::chrono::milliseconds heartbeat() const noexcept { return heartbeat_; }

 private:
  std::vector<std::string> keys_;
  list_end end_ = list_end::left;
  waiting wait_ = waiting::for_ever();
  std::size_t prefetch_ = 256;
  bool keep_ = true;
  std::chrono::milliseconds heartbeat_{5'000};
};

/// The source of `from_list`.
///
/// Thread rule: used on the client's executor.
class list_elements : public source_base {
 public:
  using value_type = list_element;
  static constexpr auto name = "list";

  /// Of these lists.
  list_elements(client redis, const lists& what, retry_policy retry);

  /// Called once by the run that it belongs to.
  void join(runtime& where);
  /// The next element.
  ///
  /// Errors: what the server refuses, such as `errc::wrong_type`; `errc::closed`. What can be tried
  /// again is. Cancellation: loses nothing. Cost: one round trip for up to `prefetch` elements
  /// (`EVALSHA` with `LMOVE`; `LPOP` or `RPOP` where nothing is kept), and one for each that is
  /// done with, shared with its neighbours (`LREM`). While lists are empty nothing is sent but a
  /// look in 10 s, and a heartbeat.
  boost::asio::awaitable<std::optional<item<list_element>>> next();
  /// One that has come with the last one.
  std::optional<item<list_element>> take();
  /// Gives back what is taken ahead.
  void close() noexcept;

 private:
  std::shared_ptr<class list_feed> feed_;
};

/// The elements of lists, each for one of those who take from them; others may push and pop in ways
/// of their own. An element leaves the server when everything that was made of it is done with. One
/// that failed, and that no `on_error` judged, is tried again as `retry` says, by this process, and
/// moved to the dead letters of its list in the end. What the pipeline did not come to when it ends
/// is put back at the end it was taken from.
///
/// A process that dies holds what it has in hand for six heartbeats; then others, who take from the
/// same list, put it back, and it is taken next. With `keep_until_done(false)` it is lost.
///
/// An element with which two processes died, begun or read ahead, is a suspect, and is taken by
/// itself: it waits for what is in hand of these lists, and others for it. Where nothing is settled
/// for six heartbeats, as elements are gathered into batches, it is taken beside others. One that
/// comes to its end is no suspect any more. What `retry.attempts()` processes died with, the last
/// one with nothing beside it of its list, is a dead letter, and so is what three times as many
/// died with. Where `attempts` is 1 or 2, one death makes a suspect and two a dead letter.
///
/// Throws `error` with `errc::invalid_argument` where a list has no name, or is named twice.
list_elements from_list(client redis, const lists& what,
                        retry_policy retry = retry_policy::exponential(std::chrono::seconds(1),
                                                                       std::chrono::minutes(5)));
/// The same of one list, as `lists` has it by default.
list_elements from_list(client redis, std::string key);

}  // namespace sluice::flow
