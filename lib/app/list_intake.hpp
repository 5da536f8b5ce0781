// The messages of one list, taken as hands are free, and worked on.
#pragma once

#include "app/main_stream.hpp"
#include "group/gate.hpp"
#include "list/list_isolation.hpp"
#include "list/list_reader.hpp"
#include "list/message_list.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <string>
#include <vector>

namespace sluice {

/// Takes no more than there are free hands for: what waits, waits where any process can take it.
class list_intake final : public std::enable_shared_from_this<list_intake>, private list_taker {
 public:
  list_intake(std::shared_ptr<connection> link, std::string list, std::string group,
              const listener_options& how, envelope_handler work,
              std::unique_ptr<message_list> elements,
              const std::shared_ptr<list_isolation>& isolation);

  static boost::asio::awaitable<void> run(std::shared_ptr<list_intake> self);
  void stop() noexcept;
  void concurrency(std::size_t messages);
  static boost::asio::awaitable<std::optional<std::uint64_t>> backlog(
      std::shared_ptr<list_intake> self);

 private:
  struct hand {
    std::string element;
    boost::asio::cancellation_signal cancel;
  };

  std::size_t room(const list_reader& at) const override;
  void on_taken(list_reader& at, std::vector<std::string> elements) override;
  void on_refused(const list_reader& at, const error& why) override;
  std::shared_ptr<list_taker> kept() override;
  void begin(const std::string& element);
  void on_worked(const std::shared_ptr<hand>& by, const std::exception_ptr& failure);
  void bury(const std::string& element, const std::string& reason);
  message_list::finished settling();
  bool idle() const noexcept;
  boost::asio::awaitable<void> drain();
  boost::asio::awaitable<void> wait_until_idle(clock::time_point limit);

  std::shared_ptr<connection> link_;
  std::string group_;
  listener_options how_;
  std::size_t concurrency_;
  envelope_handler work_;
  list_reader reader_;
  gate change_;
  std::vector<std::shared_ptr<hand>> hands_;
  std::size_t settling_ = 0;
  bool stopping_ = false;
};

}  // namespace sluice
