// A member of a group that feeds a pipeline, and the entries that are on their way there.
#pragma once

#include "redis/connection.hpp"

#include "sluice/flow/receipt.hpp"
#include "sluice/flow/runtime.hpp"
#include "sluice/group/group_consumer.hpp"
#include "sluice/group/retry_policy.hpp"
#include "sluice/stream/entry.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <vector>

namespace sluice::flow {

class group_feed final : public std::enable_shared_from_this<group_feed> {
 public:
  group_feed(group_consumer from, retry_policy retry);
  ~group_feed();

  void join(runtime& where);
  static boost::asio::awaitable<std::optional<item<entry>>> next(std::shared_ptr<group_feed> self);
  std::optional<item<entry>> take();
  void close() noexcept;

 private:
  class entry_origin;

  item<entry> hand_out(delivery which);
  bool is_ours(const delivery& which) const noexcept;
  void on_done(delivery which);
  void on_failed(delivery which, const std::exception_ptr& why, verdict what);
  void settle_later(boost::asio::awaitable<void> settling);
  static boost::asio::awaitable<void> finish(std::shared_ptr<group_feed> self);

  group_consumer from_;
  retry_policy retry_;
  std::shared_ptr<connection> link_;
  std::weak_ptr<runtime> run_;
  bool handing_back_ = false;
  std::vector<delivery> arrived_;
  std::size_t taken_ = 0;                            // of these
  std::vector<std::unique_ptr<entry_origin>> idle_;  // so that an entry costs no allocation
};

}  // namespace sluice::flow
