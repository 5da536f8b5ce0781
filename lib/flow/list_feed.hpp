// Lists that feed a pipeline, and the elements that are on their way there.
#pragma once

#include "group/gate.hpp"
#include "list/list_isolation.hpp"
#include "list/list_reader.hpp"

#include "sluice/flow/from_list.hpp"
#include "sluice/flow/receipt.hpp"
#include "sluice/flow/runtime.hpp"
#include "sluice/group/retry_policy.hpp"
#include "sluice/redis/client.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::flow {

/// One look at a time, at the first list in which something may be: that keeps their order.
class list_feed final : public std::enable_shared_from_this<list_feed>, private list_taker {
 public:
  list_feed(client redis, lists what, retry_policy retry);
  ~list_feed();

  void join(runtime& where);
  static boost::asio::awaitable<std::optional<item<list_element>>> next(
      std::shared_ptr<list_feed> self);
  std::optional<item<list_element>> take();
  void close() noexcept;

 private:
  class element_origin;
  struct element {
    list_reader* from = nullptr;
    std::string text;
    std::uint64_t place = 0;  // in the order in which they came
    std::int64_t attempts = 1;
  };

  void begin();
  void advance();
  item<list_element> hand_out(element&& which);
  clock::time_point end_of_wait() const;
  bool waits_for_isolation() const;
  bool over(clock::time_point limit) const;
  clock::time_point next_look(clock::time_point limit) const;

  void on_done(const element& which);
  void on_failed(const element& which, const std::exception_ptr& why, verdict what);
  void rest(element which, std::chrono::milliseconds pause);
  void bury(const element& which, std::string reason, const std::exception_ptr& why);
  void give_back_arrived();
  void give_back(std::vector<element> all);
  message_list::finished settling();
  static boost::asio::awaitable<void> finish(std::shared_ptr<list_feed> self);
  boost::asio::awaitable<void> wait_until_settled();

  std::size_t room(const list_reader& at) const override;
  void on_taken(list_reader& at, std::vector<std::string> elements) override;
  void on_refused(const list_reader& at, const error& why) override;
  std::shared_ptr<list_taker> kept() override;

  client redis_;
  std::shared_ptr<connection> link_;
  lists what_;
  retry_policy retry_;
  std::shared_ptr<list_isolation> isolation_;
  bool held_ = false;  // since the last look, by a suspect element
  gate change_;
  std::vector<std::unique_ptr<list_reader>> readers_;  // in the order of the lists
  std::optional<error> refusal_;
  bool begun_ = false;
  bool closed_ = false;
  bool handing_back_ = false;
  std::deque<element> arrived_;
  std::multimap<clock::time_point, element> resting_;  // those that failed, by when they come again
  std::vector<element> left_;                          // to be given back at the end
  std::uint64_t taken_ = 0;
  std::size_t settling_ = 0;
  std::vector<std::unique_ptr<element_origin>> idle_;  // so that an element costs no allocation
};

}  // namespace sluice::flow
