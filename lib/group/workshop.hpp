// What a worker is: benches at which entries are worked on, one at a time each.
#pragma once

#include "group/gate.hpp"

#include "sluice/group/worker.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// Each bench is a coroutine: it takes an entry, works on it, settles it, and takes the next. With
/// keys, an entry whose key is being worked on is left at that bench, in a line.
class workshop final : public std::enable_shared_from_this<workshop> {
 public:
  workshop(group_consumer from, entry_handler handler, worker_options how);

  static boost::asio::awaitable<void> run(std::shared_ptr<workshop> self);
  void stop() noexcept;
  void pause() noexcept { from_.pause(); }
  void resume() { from_.resume(); }
  void concurrency(std::size_t entries);
  worker_statistics statistics() const noexcept;
  const std::string& member() const noexcept { return from_.consumer_name(); }

 private:
  struct bench {
    boost::asio::cancellation_signal cancel;
    bool busy = false;  // with a handler, which may be cancelled
  };
  using line = std::deque<delivery>;

  void open_bench();
  void on_bench_closed(const std::shared_ptr<bench>& which, const std::exception_ptr& failure);
  bool one_too_many() noexcept;
  static boost::asio::awaitable<void> work(std::shared_ptr<workshop> self,
                                           std::shared_ptr<bench> here);
  boost::asio::awaitable<void> work_in_order(std::shared_ptr<bench> here, delivery first);
  boost::asio::awaitable<void> work_on(std::shared_ptr<bench> here, delivery which);
  boost::asio::awaitable<std::exception_ptr> attempt(std::shared_ptr<bench> here, delivery& which);
  boost::asio::awaitable<bool> settle_failed(delivery& which, std::exception_ptr failure,
                                             std::int64_t attempt);
  boost::asio::awaitable<bool> try_later(delivery& which, std::chrono::milliseconds pause);
  verdict judge(const std::exception_ptr& failure, const delivery& which) const;
  boost::asio::awaitable<void> drain();
  static boost::asio::awaitable<void> confirm(std::shared_ptr<workshop> self);
  boost::asio::awaitable<void> wait_until_confirmed();
  boost::asio::awaitable<void> wait_until_closed(clock::time_point limit);
  void cancel_handlers();
  void fail(const std::exception_ptr& failure) noexcept;
  bool may_park() const noexcept;

  group_consumer from_;
  entry_handler handler_;
  worker_options how_;
  std::shared_ptr<connection> link_;
  gate change_;
  std::vector<std::shared_ptr<bench>> benches_;
  std::map<std::string, line, std::less<>> lines_;  // by key, while it is worked on
  std::size_t open_ = 0;
  std::size_t staying_ = 0;  // those of them that take another entry after the one they have
  bool begun_ = false;
  bool stopping_ = false;
  std::exception_ptr failure_;
  boost::asio::cancellation_signal give_up_;  // what the server does not confirm
  bool confirmed_ = false;
  worker_statistics done_;
};

}  // namespace sluice
