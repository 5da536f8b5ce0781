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

/// Kept by the request and by what is under way. Where nobody listens it sends nothing.
class answer_line final : public std::enable_shared_from_this<answer_line> {
 public:
  /// `group` is who answers.
  answer_line(std::shared_ptr<connection> link, const envelope& to, std::string group);
  /// Calls `tell` once when it turns out that the one who asked is gone.
  void when_abandoned(std::function<void()> tell) { on_abandoned_ = std::move(tell); }

  /// Whether somebody listens.
  bool open() const noexcept { return !stream_.empty() && !ended_; }
  /// Queues an answer. Throws `error` with `errc::overloaded` when far too many are under way,
  /// `errc::already_settled` after the end.
  void respond(boost::json::value what);
  /// The end: of success with an empty text.
  void end(const std::string& error_text);
  /// Until few enough answers are under way.
  static boost::asio::awaitable<void> room(std::shared_ptr<answer_line> self);

 private:
  void send(answer what);
  void on_confirmed(bool heard);

  std::shared_ptr<connection> link_;
  std::string stream_;
  std::string id_;
  std::string group_;
  std::function<void()> on_abandoned_;
  std::uint64_t number_ = 0;
  std::size_t under_way_ = 0;
  bool ended_ = false;
  gate change_;
};

}  // namespace sluice
