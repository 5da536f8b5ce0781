// One schedule in one process: waits for its times and sends its messages.
#pragma once

#include "app/schedule_store.hpp"
#include "redis/connection.hpp"

#include "sluice/app/schedule.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace sluice {

/// All processes of an app wait for the same time, by the server's clock; the first that asks sends
/// the message. Every answer says what the server knows meanwhile, which is what counts: what was
/// changed elsewhere is taken over here.
class ticker final : public std::enable_shared_from_this<ticker>,
                     private link_observer,
                     private timed {
 public:
  ticker(std::shared_ptr<connection> link, std::shared_ptr<schedule_store> store,
         std::shared_ptr<main_stream> main, schedule what);
  ~ticker();

  void start();
  void stop() noexcept;

 private:
  void join(schedule_store::mode how);
  void on_joined(const script_outcome& what);
  void send(tick when);
  void on_sent(const script_outcome& what);
  void on_failure(const error& why);
  void take_over(const resp::value& state);
  void go_on();
  void wait_until(tick when);
  /// By the server's clock, as far as is known here.
  tick now() const;
  tick last_of_server();
  void tell(const error& why);

  void on_link_ready() override;
  void on_time() override;

  std::shared_ptr<connection> link_;
  std::shared_ptr<schedule_store> store_;
  std::shared_ptr<main_stream> main_;
  std::string name_;
  schedule what_;
  schedule_record record_;
  schedule_state state_;
  clock::time_point asked_at_{};
  clock::time_point ask_again_{};
  std::pair<std::string, tick> forgotten_;  // a last time that cannot be, and what stands in for it
  bool runs_ = false;
  bool asking_ = false;
  bool joined_ = false;
  bool told_ = false;
};

}  // namespace sluice
