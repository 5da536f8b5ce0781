// The demo's story: records are produced, three members share the work, one is killed, and the
// account is checked against what the server says.
#pragma once

#include "cli/member_process.hpp"
#include "cli/session.hpp"
#include "cli/tally.hpp"

#include <sluice/group/group_consumer.hpp>
#include <sluice/stream/fields.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <optional>
#include <string>
#include <vector>

namespace sluice::cli {

/// What the demo works with.
struct demo_plan {
  std::string url;
  std::string server;                // what to call it
  bool own_server = true;            // ends with the demo, so that nothing needs to be cleaned up
  std::string source;                // where the records come from
  std::string name;                  // of the stream and of the connections
  std::string category = "section";  // the field by which the work counts
  std::string amount = "size";       // the field that it sums
  std::vector<fields> records;       // at least one
};

/// Tells each step in a line. Everything in this process uses the session's one connection.
class demonstration {
 public:
  demonstration(demo_plan plan, session& here);

  /// Completes with `ok` or `fell_short`, or throws what went wrong or `failure` once it is
  /// stopped. The stream is deleted in any case.
  boost::asio::awaitable<int> run();

 private:
  using time_point = std::chrono::steady_clock::time_point;

  // The steps, in order.
  boost::asio::awaitable<int> tell();
  boost::asio::awaitable<void> produce();
  boost::asio::awaitable<void> start_victim();
  boost::asio::awaitable<void> share_work();
  void tell_take_over() const;
  boost::asio::awaitable<int> settle_account();
  boost::asio::awaitable<void> clean_up();

  boost::asio::awaitable<void> listen_to_victim();
  boost::asio::awaitable<void> listen_to_beats();
  boost::asio::awaitable<void> work(std::string member);
  boost::asio::awaitable<void> count_connections();
  boost::asio::awaitable<void> count_held();
  boost::asio::awaitable<std::size_t> count_undelivered();
  boost::asio::awaitable<std::size_t> count_lost();
  boost::asio::awaitable<void> pause(std::chrono::milliseconds time) const;

  static void say(const char* step, const std::string& what);
  void start(boost::asio::awaitable<void> part);
  void kill_victim();
  bool is_work_left() const;
  group membership(const std::string& member, std::size_t prefetch) const;
  job job_of(const entry& record) const;
  job job_of(const std::string& line) const;
  void check() const;

  demo_plan plan_;
  session& here_;
  std::size_t produced_ = 0;
  member_orders orders_;
  std::optional<member_process> victim_;
  tally done_;
  std::size_t connections_ = 0;
  std::size_t held_ = 0;     // by the victim, when it was killed
  std::size_t claimed_ = 0;  // of these, by the others
  std::size_t acknowledged_ = 0;
  time_point killed_at_, last_beat_, last_new_, first_claimed_, last_claimed_;
  std::size_t running_ = 0;  // parts that were started and have not ended
  std::exception_ptr failed_;
};

}  // namespace sluice::cli
