// What is sent to the server, and who hears what came of it.
#pragma once

#include "sluice/core/buffer_ref.hpp"
#include "sluice/core/clock.hpp"
#include "sluice/core/error.hpp"
#include "sluice/resp/value.hpp"

#include <cstdint>
#include <string_view>

namespace sluice {

/// Receives the fate of one request. Called from inside the engine: it may submit and abandon, but
/// must not destroy the engine or another sink, nor resume foreign code.
class reply_sink {
 public:
  /// A reply of the request; errors of the server come here too. Called once for each reply.
  virtual void on_reply(const resp::value& value, const buffer_ref& bytes) = 0;
  /// No further reply will come.
  virtual void on_failure(const error& why) = 0;
  /// The link broke after the request was sent; it may have been executed already. It is sent again
  /// with all of its replies, those too that came before, unless it is bound to the link.
  virtual void on_repeated() noexcept {}

 protected:
  ~reply_sink() = default;
};

/// What happens when the link breaks after a request was sent and before it was answered.
enum class risk : unsigned char {
  repeatable,  ///< Sent again: executing it twice does no harm.
  once,        ///< Fails with `errc::outcome_unknown`.
  /// Fails with `errc::connection_lost`, also where it was not sent: it relies on what is known of
  /// this link, and is never sent on another one.
  bound,
};

/// Which part of the server's stream a request's replies come in.
enum class answer_kind : unsigned char {
  reply,         ///< Ordinary replies.
  confirmation,  ///< SUBSCRIBE and its kin: pushes when granted, an ordinary error when refused.
};

/// One or more whole commands that are answered as a unit.
struct wire_request {
  std::string_view frames;
  std::uint32_t replies = 1;
  risk when_cut = risk::once;
  clock::time_point deadline = clock::time_point::max();
  answer_kind answered_by = answer_kind::reply;
  /// The rest of something that was under way before: taken also while the client closes.
  bool goes_on = false;
  /// An earlier request for the same may have been executed.
  bool sent_before = false;
};

}  // namespace sluice
