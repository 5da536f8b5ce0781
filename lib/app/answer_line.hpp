// The responder's end of a conversation: its answers, numbered, on their way.
#pragma once

#include "app/answer.hpp"
#include "app/envelope.hpp"
#include "group/gate.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace sluice {

/// Kept by the request and by what is under way. Where nobody listens it sends nothing. Answers go
/// by a reply stream, or by a list, where the message names no stream.
class answer_line final : public std::enable_shared_from_this<answer_line> {
 public:
  /// `group` is who answers.
  answer_line(std::shared_ptr<connection> link, const envelope& to, std::string group);
  /// Calls `tell` once when it turns out that the one who asked is gone.
  void when_abandoned(std::function<void()> tell) { on_abandoned_ = std::move(tell); }

  /// Whether somebody listens.
  bool open() const noexcept { return !ended_ && (!stream_.empty() || !list_.empty()); }
  /// Queues an answer. Throws `error` with `errc::overloaded` when far too many are under way,
  /// `errc::already_settled` after the end.
  void respond(boost::json::value what);
  /// The end: of success with an empty text.
  void end(const std::string& error_text);
  /// Until few enough answers are under way, and lie unread in a list.
  static boost::asio::awaitable<void> room(std::shared_ptr<answer_line> self);

 private:
  void send(answer what);
  void push(const answer& what);
  void on_confirmed(bool heard);
  void on_length(std::int64_t unread);
  void ask_length();
  static boost::asio::awaitable<void> until_read(std::shared_ptr<answer_line> self);

  std::shared_ptr<connection> link_;
  std::string stream_, list_;
  std::string id_;
  std::string group_;
  std::function<void()> on_abandoned_;
  std::uint64_t number_ = 0;
  std::size_t under_way_ = 0;
  std::int64_t unread_ = 0;  // in the list, when we last heard
  bool ended_ = false;
  gate change_;
};

}  // namespace sluice
