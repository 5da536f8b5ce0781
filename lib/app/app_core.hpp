// What an app is made of.
#pragma once

#include "app/conversations.hpp"
#include "app/main_stream.hpp"
#include "app/topic_desk.hpp"
#include "group/gate.hpp"

#include "sluice/app/carrier.hpp"
#include "sluice/app/feedback_lane.hpp"
#include "sluice/app/send_options.hpp"
#include "sluice/redis/client.hpp"

#include <boost/asio/awaitable.hpp>

#include <exception>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// Messages leave at the end of a turn: by then it is known whether somebody waits for answers.
class app_core final : public std::enable_shared_from_this<app_core>, private turn_work {
 public:
  /// Messages travel by `by`; by streams of the client's server where that is null.
  app_core(client redis, std::string name, const carrier* by = nullptr);
  ~app_core();

  const std::string& name() const noexcept { return name_; }
  void listen(std::string topic, request_handler handler, listener_options how);
  feedback_lane send(std::string_view topic, boost::json::value what, send_options how);
  static boost::asio::awaitable<void> run(std::shared_ptr<app_core> self);
  void stop() noexcept;

 private:
  struct outgoing {
    std::string topic;
    envelope what;
    std::shared_ptr<lane_state> lane;
  };

  void on_turn_end() override;
  void dispatch(outgoing& next);
  void open_receptions();
  void on_reception_closed(const std::exception_ptr& failure);

  std::shared_ptr<connection> link_;
  client redis_;
  std::string name_;
  std::unique_ptr<main_stream> main_;
  std::shared_ptr<conversations> conversations_;
  std::map<std::string, std::shared_ptr<topic_desk>, std::less<>> desks_;
  std::vector<outgoing> outgoing_;
  std::vector<std::unique_ptr<reception>> receptions_;
  std::size_t open_ = 0;
  gate change_;
  bool begun_ = false;
  bool stopping_ = false;
  std::exception_ptr failure_;
};

/// Closes the conversation when the user lets go of it.
struct feedback_lane::handle {
  handle(std::shared_ptr<conversations> all, std::shared_ptr<lane_state> which)
      : among(std::move(all)), lane(std::move(which)) {}
  handle(const handle&) = delete;
  handle& operator=(const handle&) = delete;
  ~handle() {
    lane->drop_handle();
    among->close(lane->id());
  }

  std::shared_ptr<conversations> among;
  std::shared_ptr<lane_state> lane;
};

}  // namespace sluice
