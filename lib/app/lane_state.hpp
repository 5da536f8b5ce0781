// The sender's end of a conversation: what has come back, and who waits for it.
#pragma once

#include "app/answer.hpp"
#include "app/call_signal.hpp"
#include "group/gate.hpp"

#include "sluice/core/error.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// Lets those know who work on a message.
using signal_sender = std::function<void(const call_signal&)>;

/// Kept by the handle, and by whatever is under way. Answers of several groups of listeners lie
/// side by side; whoever reads those of one leaves the others where they are.
class lane_state final : public std::enable_shared_from_this<lane_state> {
 public:
  lane_state(std::shared_ptr<connection> link, std::string id, std::vector<std::string> groups);

  const std::string& id() const noexcept { return id_; }
  /// Somebody holds the handle, so that answers are wanted.
  bool wanted() const noexcept { return wanted_; }
  void drop_handle() noexcept { wanted_ = false; }
  /// It was begun elsewhere: its message was sent, and some of its answers were read.
  void go_on() noexcept { sent_ = goes_on_ = true; }
  /// Nobody will answer, so that a wait for it ends at once.
  void expect_nothing() noexcept;
  /// Answers may come from now on, and signals go.
  void open(signal_sender signals) { signals_ = std::move(signals); }

  // The way there.
  /// Its message was sent, or, with an error, never will be.
  void on_sent(const error* failure);
  static boost::asio::awaitable<void> sent(std::shared_ptr<lane_state> self);

  /// Asks those who work on the message to stop.
  void cancel();
  /// Tells them that nobody will hear their answers, if they still work on it.
  void tell_unheard() const;

  // The way back.
  /// Returns whether it was news.
  bool on_answer(answer what);
  /// No further answer can come, for a reason.
  void on_lost(const error& why);
  /// Calls `tell` whenever somebody waits for an answer that is not here.
  void when_awaited(std::function<void()> tell) { on_awaited_ = std::move(tell); }
  bool awaited() const noexcept { return readers_ > 0; }
  /// No further answer is to come.
  bool over() const { return has_ended({}); }
  /// Takes what nobody has read.
  std::deque<answer> take_unread() { return std::exchange(answers_, {}); }
  /// The next response. Empty once the end has come, and for good.
  static boost::asio::awaitable<std::optional<answer>> next(
      std::shared_ptr<lane_state> self, std::optional<std::chrono::milliseconds> limit,
      std::string from);

 private:
  struct progress {
    std::uint64_t last = 0;
    std::uint64_t taken = 0;
    std::uint64_t told = 0;  // that so many were taken
    bool ended = false;
  };

  bool has_ended(std::string_view from) const;
  std::optional<answer> take(std::string_view from);
  void tell_taken(const std::string& group, progress& of);
  void tell_taken_again();

  std::shared_ptr<connection> link_;
  std::string id_;
  signal_sender signals_;
  std::vector<std::string> groups_;  // whose ends are the end of all; the first one's if empty
  bool wanted_ = true;
  bool one_way_ = false;
  bool sent_ = false;
  bool goes_on_ = false;
  std::size_t readers_ = 0;
  std::function<void()> on_awaited_;
  std::optional<error> send_failure_;
  std::optional<error> lost_;
  std::deque<answer> answers_;
  std::map<std::string, progress, std::less<>> progress_;
  gate change_;
};

}  // namespace sluice
