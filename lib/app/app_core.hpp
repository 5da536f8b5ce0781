// What an app is made of.
#pragma once

#include "app/announcement.hpp"
#include "app/app_setup.hpp"
#include "app/conversations.hpp"
#include "app/due_time.hpp"
#include "app/extensions.hpp"
#include "app/feedback_lists.hpp"
#include "app/flusher.hpp"
#include "app/main_stream.hpp"
#include "app/running_calls.hpp"
#include "app/timetable.hpp"
#include "app/topic_desk.hpp"
#include "group/gate.hpp"

#include "sluice/app/duty.hpp"
#include "sluice/app/feedback_lane.hpp"
#include "sluice/app/send_options.hpp"
#include "sluice/redis/client.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// Messages leave at the end of a turn: by then it is known whether somebody waits for answers.
class app_core final : public std::enable_shared_from_this<app_core>, private turn_work {
 public:
  explicit app_core(app_setup setup);
  ~app_core();

  const std::string& name() const noexcept { return setup_.name; }
  const boost::asio::any_io_executor& executor() const noexcept { return link_->executor(); }
  /// How long ago it began to run.
  std::chrono::milliseconds age() const;
  void extend(std::shared_ptr<extension> what);
  void listen(std::string topic, const duty& what, listener_options how);
  feedback_lane send(std::string_view topic, boost::json::value what, send_options how);
  static boost::asio::awaitable<bool> cancel_scheduled(std::shared_ptr<app_core> self,
                                                       std::string id);
  void schedule(sluice::schedule what);
  schedule_desk& schedules() noexcept { return timetable_.schedules(); }
  feedback_lane continue_lane(std::string id);
  static boost::asio::awaitable<void> run(std::shared_ptr<app_core> self);
  void stop() noexcept;

 private:
  struct outgoing {
    std::string topic;
    envelope what;
    std::shared_ptr<lane_state> lane;
    std::shared_ptr<answer_source> answers;
    std::optional<due_time> due;
    bool addressed = false;
  };

  bool cancel_outgoing(const std::string& id);
  void on_turn_end() override;
  void say_where_answers_go();
  void dispatch_all();
  void dispatch(outgoing& next);
  std::shared_ptr<answer_source> source_for(const send_options& how) const;
  void send_signal(const std::string& topic, const call_signal& what);
  static boost::asio::awaitable<service_info> describe(std::shared_ptr<app_core> self);
  void flush_also(const std::shared_ptr<flushable>& what, const std::string& topic,
                  const listener_options& how);
  boost::asio::awaitable<void> flush_all();
  static boost::asio::awaitable<void> begin(std::shared_ptr<app_core> self);
  clock::duration longest_drain() const;
  void open_receptions();
  void open_reception(const std::string& topic, const std::shared_ptr<topic_desk>& desk);
  void on_closed(const std::exception_ptr& failure);

  app_setup setup_;
  std::shared_ptr<connection> link_;      // of the messages
  std::shared_ptr<connection> feedback_;  // of the answers
  std::string instance_;
  std::chrono::milliseconds started_{0};
  std::shared_ptr<conversations> conversations_;
  std::shared_ptr<feedback_lists> lists_;
  std::shared_ptr<running_calls> calls_;
  std::shared_ptr<extensions> extensions_;
  timetable timetable_;
  std::shared_ptr<announcement> announcement_;
  std::map<std::string, std::shared_ptr<topic_desk>, std::less<>> desks_;
  std::vector<std::shared_ptr<flusher>> flushers_;
  std::vector<outgoing> outgoing_;
  bool gathering_ = false;
  std::vector<std::shared_ptr<reception>> receptions_;  // one a desk, in their order
  std::size_t open_ = 0;
  gate change_;
  std::optional<clock::time_point> begun_;
  bool stopping_ = false;
  std::exception_ptr failure_;
};

/// Closes the conversation when the user lets go of it.
struct feedback_lane::handle {
  handle(std::shared_ptr<answer_source> all, std::shared_ptr<lane_state> which,
         std::shared_ptr<delayed_store> waiting)
      : among(std::move(all)), lane(std::move(which)), delayed(std::move(waiting)) {}
  handle(const handle&) = delete;
  handle& operator=(const handle&) = delete;
  ~handle() {
    lane->drop_handle();
    among->close(*lane);
  }

  std::shared_ptr<answer_source> among;
  std::shared_ptr<lane_state> lane;
  std::shared_ptr<delayed_store> delayed;
};

}  // namespace sluice
