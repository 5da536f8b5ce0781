// The engine's driver: one transport, one alarm, one executor, and turns.
#pragma once

#include "core/timer_queue.hpp"
#include "redis/doorbells.hpp"
#include "redis/engine.hpp"
#include "redis/subscriptions.hpp"
#include "redis/transport.hpp"
#include "redis/waiter.hpp"

#include "sluice/core/event.hpp"
#include "sluice/redis/counters.hpp"
#include "sluice/redis/options.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace sluice {

/// Told when the link comes and goes, in a turn. May submit requests. One observes one connection.
class link_observer {
 public:
  virtual void on_link_ready() {}
  virtual void on_link_lost() {}
  /// The client was closed or stopped; nothing follows.
  virtual void on_link_closed() {}

 protected:
  ~link_observer() = default;

 private:
  friend class connection;
  static constexpr auto nowhere = std::numeric_limits<std::size_t>::max();

  std::size_t place_ = nowhere;  // among the observers, so that leaving takes no search
};

/// Somebody with something to send when a turn ends, so that what many asked for leaves as one.
class turn_work {
 public:
  virtual void on_turn_end() = 0;

 protected:
  ~turn_work() = default;
};

/// What a floor above keeps for each connection; it lives as long as the connection.
class attachment {
 public:
  virtual ~attachment() = default;
};

/// One connection, shared by everybody who speaks to the server. All of it runs on one executor.
///
/// Work happens in turns: an event comes in, replies are handed out, coroutines that they woke run,
/// and what all of them sent goes out as one write at the turn's end.
class connection final : public std::enable_shared_from_this<connection>,
                         private link_listener,
                         private transport::listener {
 public:
  static std::shared_ptr<connection> make(boost::asio::any_io_executor executor,
                                          connection_options options,
                                          transport_factory transports = make_socket_transport);
  ~connection();
  /// A connection of its own with the same executor, options and kind of transports.
  std::shared_ptr<connection> another() const;

  // Requests; see `engine`.
  engine::ticket submit(const wire_request& what, reply_sink& sink);
  void abandon(engine::ticket which) noexcept;
  bool has_room(std::size_t bytes) const noexcept;
  /// Puts a waiter in line for room; it is made ready when it is its turn.
  void wait_for_room(waiter& who) { room_.push_back(&who); }
  void leave_line_for_room(waiter& who) noexcept { std::erase(room_, &who); }
  bool line_for_room() const noexcept { return !room_.empty(); }

  void prepare_links(const std::string& frame);

  /// Begins to connect if there is no link and no attempt.
  void want_link();
  bool ready() const noexcept { return engine_.ready(); }
  bool closed() const noexcept { return engine_.state() == engine::phase::closed; }
  /// The server refused us too often: nothing is tried until somebody asks after a while.
  bool gave_up() const noexcept { return engine_.state() == engine::phase::faulted; }
  const std::optional<error>& last_error() const noexcept { return engine_.last_error(); }
  /// A waiter that is made ready by the next link or the next failed attempt.
  void wait_for_attempt(waiter& who) { attempt_.push_back(&who); }
  void forget_attempt(waiter& who) noexcept { std::erase(attempt_, &who); }
  /// A waiter that is made ready once the connection has ended.
  void wait_for_end(waiter& who) { end_.push_back(&who); }
  void forget_end(waiter& who) noexcept { std::erase(end_, &who); }

  void close();
  void stop() noexcept;

  // What the floors above need.
  resume_queue& waiters() noexcept { return waiters_; }
  const boost::asio::any_io_executor& executor() const noexcept { return waiters_.executor(); }
  /// Sees to it that a turn runs soon.
  void schedule_turn();
  /// Writes what is queued without waiting for the turn's end: for whoever has work to do meanwhile
  /// and wants the server to have some as well.
  void send_now();
  /// Calls `work` once, at the end of this turn or of the next, and at once where no turn will come
  /// any more, as the execution context has ended. It must live until then or leave.
  void at_turn_end(turn_work& work);
  void leave_turn_end(turn_work& work) noexcept;
  /// The connection's object of a type of the floors above, made when first asked for.
  template <class Attached>
  Attached& attached() {
    for (const auto& each : attachments_) {
      if (auto* const found = dynamic_cast<Attached*>(each.get())) return *found;
    }
    attachments_.push_back(std::make_unique<Attached>());
    return static_cast<Attached&>(*attachments_.back());
  }
  clock::time_point now() const noexcept;
  clock& time() const noexcept { return *time_; }
  std::uint64_t random() { return random_(); }
  void set_timer(timed& who, clock::time_point at);
  void cancel_timer(timed& who) noexcept { timers_.cancel(who); }
  doorbells& bells() noexcept { return bells_; }
  subscriptions& subscribed() noexcept { return subscribed_; }
  void observe(link_observer& who);
  void forget(link_observer& who) noexcept;
  const connection_options& options() const noexcept { return options_; }
  const capabilities& server() const noexcept { return engine_.server(); }
  counters& counted() noexcept { return counted_; }
  counters snapshot() const noexcept;
  bool has_event_handler() const noexcept { return static_cast<bool>(options_.on_event()); }
  /// Tells the user's handler, at once.
  void emit(const event& what) const;

  /// The execution context ends: everything that belongs to it is given back.
  void abandon_context();

 private:
  connection(boost::asio::any_io_executor executor, connection_options options,
             transport_factory transports);

  template <class Event>
  void in_turn(Event&& happen);
  void finish_turn();
  void serve_line_for_room();
  void do_turn_end_work();
  void obey_wish();
  void open_transport();
  void close_transport() noexcept;
  void flush();
  void read_more();
  void leave_turn() noexcept;
  void set_alarm();
  void wake_all(std::vector<waiter*>& whom);
  void tell_end();
  template <class Tell>
  void tell_observers(Tell tell);
  void close_ranks() noexcept;

  // transport::listener
  void on_connected() override;
  void on_read(std::size_t bytes) override;
  void on_writable() override;
  void on_broken(const error& why) override;

  // link_listener
  void on_ready() override;
  void on_push(const resp::value& value, const buffer_ref& bytes) override;
  void on_link_lost(const error& why) override;
  void on_attempt_failed(const error& why, clock::duration pause, std::size_t attempt) override;
  void on_slow_command(std::string_view frames_head, clock::duration elapsed) override;

  connection_options options_;
  std::shared_ptr<clock> time_;
  random_source random_;
  transport_factory transports_;
  counters counted_;
  engine engine_;
  resume_queue waiters_;
  std::unique_ptr<transport> transport_;
  std::unique_ptr<clock::alarm> alarm_;
  clock::time_point alarm_at_ = clock::time_point::max();
  timer_queue timers_;
  doorbells bells_;
  subscriptions subscribed_{*this};
  std::vector<link_observer*> observers_;  // null where one has left
  std::size_t absent_ = 0;
  bool telling_ = false;
  std::vector<turn_work*> turn_end_;
  std::vector<std::unique_ptr<attachment>> attachments_;
  std::vector<waiter*> room_;
  std::vector<waiter*> attempt_;
  std::vector<waiter*> end_;
  clock::time_point now_{};
  bool in_turn_ = false;
  bool turn_scheduled_ = false;
  bool connected_ = false;
  bool reading_ = false;
  bool end_told_ = false;
  bool context_gone_ = false;
};

}  // namespace sluice
