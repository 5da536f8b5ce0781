// Schedules on the server. Every step there is one script.
#pragma once

#include "app/due_ticks.hpp"
#include "app/main_stream.hpp"
#include "app/schedule_record.hpp"
#include "redis/script_call.hpp"

#include "sluice/redis/client.hpp"
#include "sluice/redis/reply.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// What the server knows of a schedule.
struct schedule_state {
  tick now{0};  // the server's
  schedule_record known;
  /// As the server has it: who claims the next time names it.
  std::string last;

  /// It was removed.
  bool gone() const noexcept { return known.when.empty(); }
};

/// The hash `sluice:schedule:<app>:<name>` has what is sent when, and the last time for which it
/// was; the set `sluice:schedules` has the names of all hashes.
class schedule_store {
 public:
  schedule_store(const client& redis, std::string app);

  /// Says what becomes of a schedule here.
  enum class mode : unsigned char {
    look,  ///< It is remembered where nobody knows it, unless it was removed.
    set,   ///< It is so from now on.
  };
  void join(const std::string& name, const schedule_record& what, mode how, script_handler done);
  /// Sends the message of a time, if the server knows it to be due and next, and remembers that.
  /// It may be sent twice: the second time it is not next any more.
  /// `later` is for how long it is kept in the set of delayed messages before; empty for none.
  void send(const std::string& name, const schedule_state& from, tick when,
            const kept_message& what, const std::string& id, std::string_view waiting_place,
            std::optional<std::chrono::milliseconds> later, script_handler done);
  boost::asio::awaitable<bool> remove(const std::string& name) const;

  /// All schedules of all apps. Answers: the server's time in ms; of each app, name, what is
  /// sent when (two texts), and the last time.
  static boost::asio::awaitable<reply> list(client redis);

  static schedule_state read_state(const resp::value& from);
  static tick read_tick(std::string_view text);
  const std::string& app() const noexcept { return app_; }

 private:
  std::string key(const std::string& name) const { return "sluice:schedule:" + app_ + ':' + name; }

  client redis_;
  connection& link_;
  std::string app_;
};

}  // namespace sluice
