// The connection's protocol state without any I/O: events go in, wishes come out.
#pragma once

#include "redis/backoff.hpp"
#include "redis/handshake.hpp"
#include "redis/receive_window.hpp"
#include "redis/request_queue.hpp"
#include "resp/scanner.hpp"

#include "sluice/core/buffer_ref.hpp"
#include "sluice/core/error.hpp"
#include "sluice/redis/capabilities.hpp"
#include "sluice/redis/counters.hpp"
#include "sluice/redis/options.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluice {

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

/// Matches replies to requests, decides when to connect, to give up a link and to try again. Time
/// and randomness are handed in. Any doubt about which reply is whose closes the link.
class engine {
 public:
  using ticket = request_queue::ticket;
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
  ticket submit(const wire_request& what, reply_sink& sink, time_point now);
  /// Nobody waits any more. An unsent request is not sent; the reply of a sent one is discarded.
  void abandon(ticket which) noexcept;
  /// Whether the bounds allow one more request of this many bytes.
  bool has_room(std::size_t bytes) const noexcept;

  /// Sends a frame of one reply on every link before its requests, so that these may rely on it
  /// even when they are repeated; on a link that is up already, before those that are yet to come.
  /// What the server says to it is ignored.
  void prepare_links(const std::string& frame, time_point now);

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
  std::span<char> read_space() { return window_.space(); }
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
  std::size_t in_flight() const noexcept { return queue_.size(); }
  std::size_t in_flight_bytes() const noexcept { return queue_.bytes(); }

 private:
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

  // Does not care.
  class deaf_sink final : public reply_sink {
    void on_reply(const resp::value&, const buffer_ref&) override {}
    void on_failure(const error&) override {}
  };

  void begin_attempt(time_point now);
  void attempt_failed(const error& why);
  void pause(const error& why);
  clock::duration begin_pause();
  void break_link(const error& why, bool head_is_at_fault = false);
  void fail_all(const error& why);
  void dispatch(const resp::value& value);
  void continue_handshake(const resp::value& value);
  bool confirms_head(const resp::value& push) const;
  void answer(const resp::value& value);
  bool is_slow(const request_queue::place& answered) const;
  void out_of_step(std::string text);
  void report_malformed();
  const char* missing_step() const;
  void check_health(time_point now);
  error timeout_error(const request_queue::place& which) const;

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

  std::vector<std::string> preparations_;
  deaf_sink deaf_;
  handshake handshake_;
  std::string prelude_;
  std::size_t prelude_written_ = 0;
  capabilities server_;

  request_queue queue_;
  resp::scanner scanner_;
  receive_window window_;

  time_point last_byte_{};
  time_point ping_sent_ = time_point::max();
  health_check health_{*this};
};

}  // namespace sluice
