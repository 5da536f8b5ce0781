// What all copies of an adding operation share: the connection and the window of unconfirmed adds.
#pragma once

#include "redis/client_access.hpp"
#include "stream/addition.hpp"

#include "sluice/stream/producer.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// Lives as long as anything it sent is unconfirmed.
class outlet final : public std::enable_shared_from_this<outlet> {
 public:
  outlet(client redis, durability stored);

  const client& redis() const noexcept { return redis_; }
  connection& link() const noexcept { return client_access::link(redis_); }
  const durability& stored() const noexcept { return stored_; }

  /// From now on each entry is added at most once.
  void set_identity(std::string_view name, std::chrono::milliseconds memory);
  /// What adding these entries sends. Throws what is wrong with them.
  addition compose(std::string_view stream, std::span<const fields> what, const add_options& how);

  void set_window(std::size_t entries, std::size_t bytes) noexcept;
  bool has_room(std::size_t bytes) const noexcept;
  bool line_for_room() const noexcept { return !room_.empty(); }
  /// Queues an addition of one entry whose fate `flush` tells.
  void send(addition what, clock::time_point deadline);
  bool unconfirmed() const noexcept { return !under_way_.empty(); }
  std::size_t failures() const noexcept { return failures_; }
  /// Throws the first failure since the last call, if there was one.
  void throw_failures();

  void wait_for_room(waiter& who) { room_.push_back(&who); }
  void wait_for_confirmation(waiter& who) { confirmation_.push_back(&who); }
  void forget(waiter& who) noexcept;

 private:
  /// One entry that `send` queued.
  class sending final : public reply_sink {
   public:
    sending(outlet& owner, addition what, clock::time_point deadline)
        : owner_(owner), what_(std::move(what)), deadline_(deadline) {}

    void submit();
    std::size_t size() const noexcept { return what_.frames().size(); }

   private:
    void on_reply(const resp::value& value, const buffer_ref& bytes) override;
    void on_failure(const error& why) override;
    void on_repeated() noexcept override;
    void judge(const resp::value& value, bool is_addition);
    std::uint32_t replies() const noexcept { return what_.replies() + (with_script_ ? 1 : 0); }

    outlet& owner_;
    addition what_;
    clock::time_point deadline_;
    bool with_script_ = false;
    std::uint32_t seen_ = 0;
    std::optional<error> failure_;
  };

  std::string durability_command() const;
  void note_failure(const error& why);
  void confirm(const sending& which);

  client redis_;
  durability stored_;
  std::unique_ptr<producer_identity> identity_;
  std::size_t window_entries_ = 1'024;
  std::size_t window_bytes_ = std::size_t{4} << 20U;
  std::list<sending> under_way_;
  std::size_t bytes_ = 0;
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
