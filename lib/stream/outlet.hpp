// What all copies of an adding operation share: the connection and the window of unconfirmed adds.
#pragma once

#include "redis/client_access.hpp"

#include "sluice/stream/producer.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// Lives as long as anything it sent is unconfirmed.
class outlet final : public std::enable_shared_from_this<outlet>, private reply_sink {
 public:
  outlet(client redis, durability stored);

  const client& redis() const noexcept { return redis_; }
  connection& link() const noexcept { return client_access::link(redis_); }
  const durability& stored() const noexcept { return stored_; }
  /// The command that makes the adds before it durable; empty when none is needed.
  std::string durability_command() const;

  void set_window(std::size_t entries, std::size_t bytes) noexcept;
  bool has_room(std::size_t bytes) const noexcept;
  bool line_for_room() const noexcept { return !room_.empty(); }
  /// Queues an encoded XADD whose fate `flush` tells.
  void send(std::string frame, clock::time_point deadline);
  bool unconfirmed() const noexcept { return !sizes_.empty(); }
  std::size_t failures() const noexcept { return failures_; }
  /// Throws the first failure since the last call, if there was one.
  void throw_failures();

  void wait_for_room(waiter& who) { room_.push_back(&who); }
  void wait_for_confirmation(waiter& who) { confirmation_.push_back(&who); }
  void forget(waiter& who) noexcept;

 private:
  void on_reply(const resp::value& value, const buffer_ref& bytes) override;
  void on_failure(const error& why) override;
  void note_failure(const error& why);
  void confirm_one();

  client redis_;
  durability stored_;
  std::size_t window_entries_ = 1'024;
  std::size_t window_bytes_ = std::size_t{4} << 20U;
  std::deque<std::size_t> sizes_;  // of what is unconfirmed, in order
  std::size_t bytes_ = 0;
  std::uint32_t replies_each_ = 1;
  std::uint32_t replies_left_ = 0;  // of the oldest unconfirmed add
  std::optional<error> first_failure_;
  std::size_t failures_ = 0;
  std::deque<waiter*> room_;
  std::vector<waiter*> confirmation_;
  std::shared_ptr<outlet> busy_;  // itself, while anything is unconfirmed
};

/// The error of a reply to `WAIT` or `WAITAOF` that promises less than asked; empty when it is
/// kept.
std::optional<error> durability_shortfall(const resp::value& reply, const durability& asked);

}  // namespace sluice
