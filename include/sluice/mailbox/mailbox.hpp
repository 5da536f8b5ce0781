// Channels that keep a position for each client, so that everybody reads everything, in their time.
#pragma once

#include "sluice/mailbox/mailbox_message.hpp"
#include "sluice/mailbox/mailbox_options.hpp"
#include "sluice/redis/client.hpp"
#include "sluice/stream/waiting.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// A client of channels. A message that is written to a channel reaches each subscriber, also those
/// that are away meanwhile: the server knows how far each has read, under its id.
///
/// One process at a time uses an id; where two do, each message goes to one of them, but for what
/// is read while a link breaks. Where they commit by hand, both are given what neither has
/// committed.
///
/// Thread rule: used on the client's executor.
/// Lifetime: keeps its client's connection alive; operations in progress outlive it. What is
/// subscribed to stays so when the object goes.
class mailbox {
 public:
  /// The mailbox of the client `id` (not empty), by which it finds its subscriptions again.
  ///
  /// Throws `error` with `errc::invalid_argument` for an empty id, or limits that are none.
  mailbox(client redis, std::string id, mailbox_options how = mailbox_options());
  /// One with an id of its own, 32 hexadecimal digits.
  ///
  /// Throws as above.
  explicit mailbox(client redis, mailbox_options how = mailbox_options());
  mailbox(mailbox&&) noexcept;
  mailbox& operator=(mailbox&&) noexcept;
  ~mailbox();

  /// Who it is.
  const std::string& id() const noexcept;

  /// Subscribes to channels, which need not exist, all in one step. Those that are subscribed to
  /// already are moved where `from` says.
  ///
  /// Errors: `timeout` when somebody keeps one of them locked (rivulet's layout);
  /// `invalid_argument` for an empty name or none at all; the errors of `client::exec`.
  /// Cancellation: it may have subscribed. Repeated when the link breaks.
  /// Cost: one round trip (a script).
  boost::asio::awaitable<void> subscribe(std::vector<std::string> channels,
                                         mailbox_start from = mailbox_start::current);
  /// Ends subscriptions. A channel that nobody subscribes to any more is removed with its messages;
  /// what the others have read goes. Channels without a subscription are passed over.
  ///
  /// Errors, cancellation and cost: as `subscribe`.
  boost::asio::awaitable<void> unsubscribe(std::vector<std::string> channels);
  /// What it is subscribed to, in the order of the names.
  ///
  /// Errors: those of `client::exec`. Cancellation: changes nothing.
  /// Cost: one round trip (`ZRANGE`).
  boost::asio::awaitable<std::vector<std::string>> subscriptions() const;

  /// Writes a message to a channel, whether somebody subscribes to it or not, and gives its number.
  /// `text` is UTF-8.
  ///
  /// It is stored once: when the link breaks it is sent again, and the server knows it by a number
  /// in `once:client#<id>:…`, a hash that expires after a day. Messages of this mailbox to one
  /// channel are stored in the order in which they were asked for, also when nobody waits for one
  /// before the next: what is asked for while a step is under way leaves together, up to 128
  /// messages a step.
  ///
  /// Errors: `timeout` when somebody keeps the channel locked (rivulet's layout): nothing is stored
  /// then; `invalid_argument` for an empty name, or text that is no UTF-8; the errors of
  /// `client::exec`.
  /// Cancellation: it may be stored all the same, unless it still stood in line.
  /// Cost: one round trip (a script), which others share.
  boost::asio::awaitable<std::uint64_t> write(std::string_view channel, std::string_view text);
  /// The same with any JSON.
  ///
  /// Errors, cancellation and cost: as above; `invalid_argument` for numbers that JSON cannot say,
  /// and for what is longer than this client would accept from the server (`resp::limits`).
  boost::asio::awaitable<std::uint64_t> write_json(std::string_view channel,
                                                   const boost::json::value& data);

  /// Reads on in all channels that it is subscribed to, up to `most` messages (≥ 1) of each. Where
  /// there is none it waits: not at all by default; for ever also with a negative time. Whatever is
  /// written to one of them ends the wait, and so does a subscription by somebody else under this
  /// id.
  ///
  /// Returns what there is by channel; nothing when the time is over, or nothing is subscribed to
  /// and it shall not wait. One `read` at a time.
  ///
  /// Unless it is committed by hand, the server has moved the positions when this returns. They are
  /// moved in a step of their own, behind the answer, so that nothing is lost with an answer: where
  /// that step fails, or is not heard of, the next `read` goes on with it. A process that dies
  /// between the two gets the same messages again.
  ///
  /// Errors: `invalid_argument` for `most` = 0, or while another `read` is under way; `closed`; the
  /// errors of `client::exec`, but a link that breaks during the wait is waited for. A server that
  /// does not answer is waited for as long as the client's timeout says, however short the wait.
  /// Cancellation: nothing is lost; the next `read` begins with the same messages.
  /// Cost: two round trips where there is something (a script each), one where there is not. What
  /// comes at a time is bounded by an eighth of the client's `max_reply`, but for one long message.
  /// Only channels that were written to since, or had more, are looked at. All of them are at
  /// first, and every 5 s, also while it waits, up to 512 a round trip; that takes one more
  /// (`ZRANGE`).
  boost::asio::awaitable<mailbox_messages> read(waiting how_long = waiting::none(),
                                                std::size_t most = 512);
  /// Says that all that `read` has given is done with. For mailboxes that commit by hand; others
  /// have nothing to commit. Subscriptions that were moved meanwhile stay where they are.
  ///
  /// Errors: those of `client::exec`; what was read stays uncommitted, and this may be called
  /// again.
  /// Cancellation: it may be committed. Repeated when the link breaks.
  /// Cost: one round trip (a script), none when there is nothing to commit.
  boost::asio::awaitable<void> commit();
  /// The same for one channel, up to the message of this number: those behind it stay uncommitted.
  /// Without effect where `read` has not given such a message, or it was committed before.
  ///
  /// Errors, cancellation and cost: as above.
  boost::asio::awaitable<void> commit(std::string_view channel, std::uint64_t number);

 private:
  std::shared_ptr<class mailbox_core> core_;
};

}  // namespace sluice
