// The connection's protocol state without any I/O: events go in, wishes come out.
#pragma once

#include "redis/backoff.hpp"
#include "redis/handshake.hpp"
#include "redis/out_log.hpp"
#include "resp/scanner.hpp"

#include "sluice/core/buffer_ref.hpp"
#include "sluice/core/error.hpp"
#include "sluice/redis/capabilities.hpp"
#include "sluice/redis/counters.hpp"
#include "sluice/redis/options.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// Receives the fate of one request. Called from inside the engine: it may submit and abandon, but
/// must not destroy the engine or another sink, nor resume foreign code.
class reply_sink {
 public:
  /// A reply of the request; errors of the server come here too. Called once for each reply.
  virtual void on_reply(const resp::value& value, const buffer_ref& bytes) = 0;
  /// No further reply will come.
  virtual void on_failure(const error& why) = 0;

 protected:
  ~reply_sink() = default;
};

/// What happens when the link breaks after a request was sent and before it was answered.
enum class risk : unsigned char {
  repeatable,  ///< Sent again: executing it twice does no harm.
  once,        ///< Fails with `errc::outcome_unknown`.
};

/// Which part of the server's stream a request's replies come in.
enum class answer_kind : unsigned char {
  reply,         ///< Ordinary replies.
  confirmation,  ///< SUBSCRIBE and its kin: pushes when granted, an ordinary error when refused.
};

/// One or more whole commands that are answered as a unit.
struct request {
  std::string_view frames;
  std::uint32_t replies = 1;
  risk when_cut = risk::once;
  clock::time_point deadline = clock::time_point::max();
  answer_kind answered_by = answer_kind::reply;
};

/// Told about the link as a whole. The rules of `reply_sink` hold.
class link_listener {
 public:
  virtual void on_ready() = 0;
  virtual void on_push(const resp::value& value, const buffer_ref& bytes) = 0;
  virtual void on_link_lost(const error& why) = 0;
  virtual void on_attempt_failed(const error& why, clock::duration pause, std::size_t attempt) = 0;
  virtual void on_slow_command(std::string_view frames_head, clock::duration elapsed) = 0;

 protected:
  ~link_listener() = default;
};

/// Matches replies to requests, keeps what may have to be sent again, decides when to connect, to
/// give up a link and to try again. Time and randomness are handed in.
///
/// The rule that keeps replies in step: a request's place in the queue lives until its reply has
/// been consumed, whatever its sender does; any doubt closes the link.
class engine {
 public:
  using ticket = std::uint64_t;
  using time_point = clock::time_point;
  enum class phase : unsigned char {
    idle,
    connecting,
    handshaking,
    ready,
    pausing,
    faulted,
    closed
  };
  enum class wish : unsigned char { none, connect, disconnect };

  engine(const connection_options& options, random_source random, link_listener& listener,
         counters& counted);
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;

  // Requests.

  /// Queues a request. Returns 0 when it failed at once; the sink has been told then.
  ticket submit(const request& what, reply_sink& sink, time_point now);
  /// Nobody waits any more. An unsent request is not sent; the reply of a sent one is discarded.
  void abandon(ticket which) noexcept;
  /// Whether the bounds allow one more request of this many bytes.
  bool has_room(std::size_t bytes) const noexcept;

  // Events.

  /// Somebody wants the link.
  void want_link(time_point now);
  void link_up(time_point now);
  /// An attempt failed, or the link broke.
  void link_down(const error& why, time_point now);
  void received(std::size_t bytes, time_point now);
  void tick(time_point now);
  /// No more requests; the link ends when all are answered, at the latest at `deadline`.
  void close(time_point deadline);
  /// Ends everything now; all requests fail with `errc::closed`.
  void stop();

  // Wishes.

  /// What to do with the transport, asked after every event.
  wish take_wish();
  /// Where the next received bytes go; never empty.
  std::span<char> read_space();
  /// Unwritten bytes that may go out now.
  std::size_t gather(std::span<std::string_view> pieces);
  void written(std::size_t bytes);
  /// When to call `tick` next; `max()` for never.
  time_point next_alarm() const noexcept;

  // State.

  phase state() const noexcept { return phase_; }
  bool ready() const noexcept { return phase_ == phase::ready; }
  const capabilities& server() const noexcept { return server_; }
  /// Why the last attempt failed or the last link broke.
  const std::optional<error>& last_error() const noexcept { return last_error_; }
  std::size_t in_flight() const noexcept { return slots_.size(); }
  std::size_t in_flight_bytes() const noexcept { return log_.size(); }

 private:
  struct slot {
    reply_sink* sink;
    ticket number;
    std::uint64_t start;  // offset of its first byte in the stream of all bytes of this link
    std::uint32_t size;
    std::uint32_t replies;
    risk when_cut;
    answer_kind answered_by;
    bool answered_in_part = false;
    time_point deadline;
    time_point submitted;
  };

  // Compares the nonce of the health check: an answer to another PING means out of step.
  class health_check final : public reply_sink {
   public:
    explicit health_check(engine& owner) noexcept : owner_(owner) {}
    void on_reply(const resp::value& value, const buffer_ref& bytes) override;
    void on_failure(const error&) override {}
    std::string nonce;
    bool unanswered = false;

   private:
    engine& owner_;
  };

  std::uint64_t written_end() const noexcept { return log_start_ + log_.written_size(); }
  bool sent(const slot& which) const noexcept { return which.start < written_end(); }

  void begin_attempt(time_point now);
  void attempt_failed(const error& why);
  void pause(const error& why);
  void break_link(const error& why);
  void settle_after_break(const error& why);
  void fail_all(const error& why);
  void dispatch(const resp::value& value);
  void continue_handshake(const resp::value& value);
  bool confirms_head(const resp::value& push) const;
  void answer(const resp::value& value);
  bool is_slow(const slot& answered) const;
  void out_of_step(std::string text);
  void report_malformed();
  void drop_unsent_leftovers();
  template <class Keep>
  void rebuild(Keep&& keep);
  void check_health(time_point now);
  void expire(time_point now);
  error timeout_error(const slot& which) const;

  const connection_options& options_;
  random_source random_;
  link_listener& listener_;
  counters& counted_;

  phase phase_ = phase::idle;
  wish wish_ = wish::none;
  bool closing_ = false;
  time_point now_{};
  time_point phase_deadline_ = time_point::max();  // of the attempt, the pause or the closing
  time_point close_deadline_ = time_point::max();
  backoff backoff_;
  std::size_t failed_attempts_ = 0;
  std::size_t refusals_ = 0;
  time_point ready_since_{};
  std::optional<error> last_error_;

  handshake handshake_;
  std::string prelude_;
  std::size_t prelude_written_ = 0;
  capabilities server_;

  std::deque<slot> slots_;
  ticket last_ticket_ = 0;
  out_log log_;
  std::uint64_t log_start_ = 0;
  std::size_t leftovers_ = 0;  // abandoned requests whose bytes have not been sent
  time_point earliest_deadline_ = time_point::max();

  resp::scanner scanner_;
  buffer_ref buffer_;
  std::size_t parsed_ = 0;
  std::size_t filled_ = 0;

  time_point last_byte_{};
  time_point ping_sent_ = time_point::max();
  health_check health_{*this};
};

}  // namespace sluice
