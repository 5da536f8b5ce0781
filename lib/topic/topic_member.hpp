// A member of a group at work: its runs, and how they begin and end.
#pragma once

#include "topic/topic_worker.hpp"

#include "sluice/group/group_consumer.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <vector>

namespace sluice {

class topic_member {
 public:
  topic_member(client redis, topic_group what);
  topic_member(const topic_member&) = delete;
  topic_member& operator=(const topic_member&) = delete;

  topic_worker& worker() noexcept { return worker_; }
  const topic_group& membership() const noexcept { return what_; }
  /// Has to be called before each run, whose end may be asked for from then on. Throws where a run
  /// would be of no use.
  void get_ready();
  // The caller keeps the member alive.
  boost::asio::awaitable<void> run();
  boost::asio::awaitable<bool> run_once();
  void stop() noexcept;

 private:
  struct shift;

  void refuse_to_run_twice() const;
  group membership_of(const std::string& consumer) const;
  boost::asio::awaitable<void> work_off(shift& now);
  boost::asio::awaitable<std::vector<delivery>> next_batch(group_consumer& from);
  boost::asio::awaitable<bool> nothing_pending();
  boost::asio::awaitable<void> mark_done(std::string key);

  patience asking_;
  topic_group what_;
  topic_worker worker_;
  group_consumer* reading_ = nullptr;  // while it runs
};

}  // namespace sluice
