// What a publisher's lanes share: the link to Redis, the threads for SQL, and when to stop.
#pragma once

#include "outbox/ledger.hpp"
#include "outbox/session_source.hpp"
#include "redis/client_access.hpp"

#include "sluice/outbox/publisher.hpp"

#include <boost/asio/thread_pool.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <vector>

namespace sluice::outbox {

/// A lane is a coroutine that works on one batch after the other (publishing.hpp). Owned by the
/// publisher and its coroutines.
class publisher_core final : private link_observer {
 public:
  publisher_core(client redis, session_source sessions, publisher_options how);
  publisher_core(const publisher_core&) = delete;
  publisher_core& operator=(const publisher_core&) = delete;
  ~publisher_core();

  client& redis() noexcept { return redis_; }
  connection& link() const noexcept { return client_access::link(redis_); }
  clock& time() const noexcept { return link().time(); }
  const publisher_options& options() const noexcept { return how_; }
  const std::shared_ptr<const session_source>& sessions() const noexcept { return sessions_; }
  boost::asio::thread_pool& threads() noexcept { return threads_; }
  ledger& book() noexcept { return book_; }
  const ledger& book() const noexcept { return book_; }
  void tell(const publish_failure& what) const;
  /// Waits for the statements under way; no others follow.
  void finish_sql() { threads_.join(); }

  // Running. Lanes ask `stopping()` between batches.
  bool running() const noexcept { return lanes_ > 0; }
  void begin();
  void stop() noexcept;
  bool stopping() const noexcept { return stopping_; }
  void end_lane(std::exception_ptr failure);
  /// Throws what ended a lane before its time.
  void check() const;

  /// Wakes the lanes that pause. One that is at work looks again before it pauses.
  void notify();
  std::uint64_t notices() const noexcept { return notices_; }
  void add_sleeper(waiter& who) { sleepers_.push_back(&who); }
  void remove_sleeper(waiter& who) noexcept { std::erase(sleepers_, &who); }
  /// Who waits for the last lane to end.
  void add_mourner(waiter& who) { mourners_.push_back(&who); }
  void remove_mourner(waiter& who) noexcept { std::erase(mourners_, &who); }

 private:
  // Nothing rings on a closed connection: who pauses on it is woken, and finds it closed.
  void on_link_closed() override { notify(); }

  client redis_;
  publisher_options how_;
  std::shared_ptr<const session_source> sessions_;
  boost::asio::thread_pool threads_;
  ledger book_;
  std::size_t lanes_ = 0;
  bool stopping_ = false;
  std::uint64_t notices_ = 0;
  std::exception_ptr failure_;
  std::vector<waiter*> sleepers_;
  std::vector<waiter*> mourners_;
};

}  // namespace sluice::outbox
