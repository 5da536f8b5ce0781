// The responder's end of a conversation: its answers, numbered, on their way.
#pragma once

#include "app/answer.hpp"
#include "app/envelope.hpp"
#include "group/gate.hpp"

#include "sluice/core/error.hpp"
#include "sluice/resp/value.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace sluice {

/// Kept by the request and by what is under way. Where nobody listens it sends nothing. Answers go
/// by a reply stream, whose reader says now and then how many it has taken; or by a list, where the
/// message names no stream, whose length tells. So a slow reader slows the answers down.
class answer_line final : public std::enable_shared_from_this<answer_line> {
 public:
  /// `group` is who answers.
  answer_line(std::shared_ptr<connection> link, const envelope& to, std::string group);
  /// Calls `tell` once when it turns out that the one who asked is gone.
  void when_abandoned(std::function<void()> tell) { on_abandoned_ = std::move(tell); }

  /// Who answers.
  const std::string& group() const noexcept { return group_; }
  /// How many answers were given.
  std::uint64_t count() const noexcept { return count_; }
  /// Whether somebody listens.
  bool open() const noexcept { return !ended_ && (!stream_.empty() || !list_.empty()); }
  /// Queues an answer. Throws `error` with `errc::overloaded` when far too many are under way,
  /// `errc::already_settled` after the end.
  void respond(const boost::json::value& what);
  /// An answer that leaves with the end, as nothing may follow it.
  void respond_last(const boost::json::value& what);
  /// The end: of success with an empty text.
  void end(const std::string& error_text);
  /// Until few enough answers are under way, or wait to be taken. Throws what kept an answer from
  /// being stored.
  static boost::asio::awaitable<void> room(std::shared_ptr<answer_line> self);

  /// So many have been taken.
  void on_taken(std::uint64_t number);
  /// Nobody listens any more.
  void on_unheard();

 private:
  bool crowded() const noexcept;
  void refuse_unless_welcome() const;
  void send_held();
  void send(answer::kind kind, std::string text);
  void add(const answer& what, const std::string& text);
  void push(const answer& what);
  void on_length(std::int64_t unread);
  void ask_length();
  static boost::asio::awaitable<void> let_others_go_on();
  static boost::asio::awaitable<void> until_read(std::shared_ptr<answer_line> self);
  void on_confirmed(const resp::value& reply, const error* failure);
  void look_for_the_listener();
  void on_listener_gone();

  std::shared_ptr<connection> link_;
  std::string stream_, list_;
  std::string id_;
  std::string group_;
  std::function<void()> on_abandoned_;
  std::uint64_t number_ = 0;
  std::uint64_t count_ = 0;
  std::uint64_t taken_ = 0;
  std::size_t under_way_ = 0;
  std::int64_t unread_ = 0;  // in the list, when we last heard
  std::optional<error> failure_;
  std::optional<std::string> held_;  // the last answer, until it is known that it is
  bool ended_ = false;
  gate change_;
};

}  // namespace sluice
