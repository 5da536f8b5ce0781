// Running a script without a coroutine: for machinery that answers to callbacks.
#pragma once

#include "redis/connection.hpp"
#include "redis/waiter.hpp"

#include "sluice/core/error.hpp"
#include "sluice/redis/reply.hpp"
#include "sluice/redis/script.hpp"
#include "sluice/resp/value.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// What became of a script. `value` is null when it failed; else its views live as long as `bytes`.
struct script_outcome {
  const resp::value* value = nullptr;
  buffer_ref bytes;
  const error* failure = nullptr;
  /// The link broke after it was sent, and it was sent again: it may have been executed twice.
  bool repeated = false;
};

using script_handler = std::function<void(const script_outcome&)>;

/// Sends `EVALSHA`, and `EVAL` when the server does not know the script; then calls `done`, under
/// the rules of `reply_sink`. Without a deadline the link's health check sees to it that an answer
/// comes, or that the script waits for the next link. `what` must live that long; scripts are
/// constants.
void run_script(connection& link, const script& what, const std::vector<std::string>& keys,
                const std::vector<std::string>& arguments, risk when_cut, script_handler done,
                clock::time_point deadline = clock::time_point::max());

/// A coroutine that awaits a script, which runs to its end whatever becomes of the coroutine:
///
///     script_wait step(link);
///     step.start(what, keys, arguments);
///     if (step.pending()) co_await step.wait();
///     const reply answer = step.take();
class script_wait final : public waiter {
  struct fate;

 public:
  /// A script under way, that somebody else may go on waiting for.
  using started = std::shared_ptr<fate>;

  explicit script_wait(connection& link) : waiter(link.waiters()), link_(link) {}
  /// For one that was begun, or whose wait was cancelled.
  script_wait(connection& link, started earlier);
  ~script_wait();

  /// Sent again on a broken link. `also` hears the outcome before the coroutine does, and when
  /// nobody waits any more, too.
  void start(const script& what, const std::vector<std::string>& keys,
             const std::vector<std::string>& arguments, script_handler also = nullptr,
             clock::time_point deadline = clock::time_point::max());
  bool pending() const noexcept { return !fate_->over; }
  /// The answer. Throws what kept it from coming, a cancellation of the waiting included.
  reply take() const;
  /// It may have been executed twice.
  bool repeated() const noexcept { return fate_->repeated; }
  bool failed() const noexcept { return fate_->failure.has_value(); }
  started share() const noexcept { return fate_; }

 private:
  struct fate {
    reply answer;
    std::optional<error> failure;
    bool over = false;
    bool repeated = false;
    script_wait* who = nullptr;
  };

  void on_ready() noexcept override { link_.schedule_turn(); }

  connection& link_;
  std::shared_ptr<fate> fate_ = std::make_shared<fate>();
};

}  // namespace sluice
