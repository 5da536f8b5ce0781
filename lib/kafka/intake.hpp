// The messages of one topic, in the hands of its listeners.
#pragma once

#include "app/main_stream.hpp"
#include "group/gate.hpp"
#include "kafka/outlets.hpp"
#include "kafka/partition.hpp"

#include "sluice/app/listener_options.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::kafka {

struct intake_place {
  intake_place(std::string of_topic, std::string of_group)
      : topic(std::move(of_topic)), group(std::move(of_group)) {}

  std::string topic, group;
};

/// Takes messages from its partitions in turn, so many at a time as its listeners work on. One that
/// is no message, or that has failed for good, goes to the dead letters.
class intake final : public std::enable_shared_from_this<intake> {
 public:
  intake(std::shared_ptr<connection> link, std::shared_ptr<outlets> dead_go_by, intake_place where,
         const listener_options& how, envelope_handler work);

  const std::string& topic() const noexcept { return where_.topic; }
  gate& change() noexcept { return change_; }
  clock::time_point now() const noexcept { return link_->time().now(); }
  const listener_options& how() const noexcept { return how_; }

  // For the member of the group.
  /// Told whenever a message was put down.
  void when_changed(std::function<void()> tell) { on_change_ = std::move(tell); }
  void add(std::shared_ptr<partition> from) { partitions_.push_back(std::move(from)); }
  void remove(const partition& which) noexcept;
  /// Hands out what is there, up to `most`; false when there may be more.
  bool feed(std::size_t most);
  /// What is in hand of a partition, or of all, is not wanted any more.
  void cancel(const partition* of = nullptr);
  /// librdkafka's client ends, and takes back what it handed out.
  void let_go() noexcept;
  std::size_t in_hand() const noexcept { return hands_.size(); }
  /// Works on so many at once from now on; what is in hand comes to its end.
  void concurrency(std::size_t messages);

  void stop() noexcept;
  bool stopping() const noexcept { return stopping_; }
  void fail(const std::exception_ptr& why) noexcept;
  const std::exception_ptr& failure() const noexcept { return failure_; }
  std::int64_t lag() const;

 private:
  struct hand;

  std::optional<taken> take(std::shared_ptr<partition>& from);
  void start(std::shared_ptr<hand> with);
  void on_put_down(const std::shared_ptr<hand>& which, const std::exception_ptr& failure);
  static boost::asio::awaitable<void> work_on(std::shared_ptr<intake> self,
                                              std::shared_ptr<hand> which);
  boost::asio::awaitable<void> hand_over(std::shared_ptr<hand> which);
  boost::asio::awaitable<bool> bury(std::shared_ptr<hand> which, std::string reason,
                                    std::string words);
  boost::asio::awaitable<std::optional<error>> store(std::shared_ptr<hand> which,
                                                     std::string reason, std::string words);
  boost::asio::awaitable<void> rest();
  void tell_trouble(const error& why) const;
  void tell_burial(const hand& which, const std::string& reason) const;

  std::shared_ptr<connection> link_;
  std::shared_ptr<outlets> outlets_;
  intake_place where_;
  listener_options how_;
  envelope_handler work_;
  std::function<void()> on_change_;
  std::vector<std::shared_ptr<partition>> partitions_;
  std::size_t turn_ = 0;
  std::vector<std::shared_ptr<hand>> hands_;
  gate change_;
  bool stopping_ = false;
  std::exception_ptr failure_;
};

}  // namespace sluice::kafka
