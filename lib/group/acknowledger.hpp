// Gathers acknowledgements into one command a turn.
#pragma once

#include "group/ownership.hpp"
#include "group/watched_fence.hpp"
#include "redis/connection.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// The acknowledgements of one stream and group that leave as one command, and their fate.
class ack_batch final : public reply_sink {
 public:
  void add(std::string_view id);
  bool open() const noexcept { return !sent_; }
  std::size_t size() const noexcept { return size_; }
  std::vector<std::string> ids() const;
  bool contains(std::string_view id) const;
  bool settled() const noexcept { return settled_; }
  const std::optional<error>& failure() const noexcept { return failure_; }
  /// How many of them the server found pending. All of them when it was asked twice: those that it
  /// does not find the second time are those that it acknowledged the first time.
  std::size_t confirmed() const noexcept { return confirmed_; }
  /// Why the server refused one of them; empty when it did not, or when it answered for the batch
  /// as a whole.
  std::optional<error> refusal(std::string_view id) const;
  void wait(waiter& who) { waiters_.push_back(&who); }
  void forget(waiter& who) noexcept { std::erase(waiters_, &who); }

 private:
  friend class acknowledger;
  // How it was sent last.
  enum class way : unsigned char { none, plain, watched, script, script_in_full };
  struct refused_entry {
    std::string id;
    std::string owner;  // empty when it is not pending at all
  };

  void on_reply(const resp::value& value, const buffer_ref& bytes) override;
  void on_failure(const error& why) override;
  void on_repeated() noexcept override { repeated_ = true; }
  void take_answer(const resp::value& value);
  void take_refusals(const resp::value& value);
  void finish();

  std::string ids_;  // encoded as arguments
  way way_ = way::none;
  fenced_replies fenced_;
  std::size_t size_ = 0;
  std::size_t confirmed_ = 0;
  bool doubtful_ = false;
  bool sent_ = false;
  bool settled_ = false;
  bool repeated_ = false;
  std::vector<refused_entry> refused_;
  std::optional<error> failure_;
  std::vector<waiter*> waiters_;
  std::function<void()> send_again_;
  std::function<void()> on_settled_;
};

/// Belongs to one consumer's lane; what is under way outlives it by keeping the lane alive.
class acknowledger final : public turn_work {
 public:
  using owner_source = std::function<std::shared_ptr<void>()>;
  /// Hears which entries are still pending, as the server refused the command.
  using failure_handler = std::function<void(const std::vector<std::string>& ids)>;

  /// XACK does not ask whose an entry is; `fence` is null where nobody takes any away from members.
  /// `owner` gives the object that this one is a part of, to be kept alive while a batch is under
  /// way.
  acknowledger(connection& link, group_place at, std::string member,
               std::unique_ptr<watched_fence> fence, owner_source owner, failure_handler failed);
  ~acknowledger();

  /// Adds an id to the batch that leaves at the end of this turn. `doubtful` when somebody may have
  /// claimed the entry meanwhile.
  const std::shared_ptr<ack_batch>& add(std::string_view id, bool doubtful = false);
  /// Sends now what was gathered, so that it comes before what is submitted next.
  void send();
  /// All batches that are not settled.
  const std::vector<std::shared_ptr<ack_batch>>& under_way() const noexcept { return under_way_; }

 private:
  void on_turn_end() override;
  void submit(ack_batch& batch);
  std::string plain_frame(const ack_batch& batch) const;
  std::string script_frame(const ack_batch& batch) const;
  ack_batch::way choose_way(const ack_batch& batch);
  void report(const ack_batch& done);

  connection& link_;
  group_place at_;
  std::string member_;
  std::unique_ptr<watched_fence> fence_;
  owner_source owner_;
  failure_handler failed_;
  std::shared_ptr<ack_batch> gathering_;
  std::shared_ptr<void> keep_alive_;
  std::shared_ptr<ack_batch> newest_;
  std::vector<std::shared_ptr<ack_batch>> under_way_;
};

/// A coroutine that awaits the fate of an acknowledgement.
class ack_wait final : public waiter {
 public:
  ack_wait(connection& link, std::shared_ptr<ack_batch> batch)
      : waiter(link.waiters()), link_(link), batch_(std::move(batch)) {}
  ~ack_wait() { batch_->forget(*this); }

  bool must_wait();
  /// Throws what became of the batch, or of this entry in it, if that is an error.
  void check(std::string_view id) const;

 private:
  void on_cancel() noexcept override { batch_->forget(*this); }
  void on_ready() noexcept override { link_.schedule_turn(); }

  connection& link_;
  std::shared_ptr<ack_batch> batch_;
};

}  // namespace sluice
