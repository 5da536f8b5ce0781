// An object that gathers something and writes it away now and then.
#pragma once

#include "group/gate.hpp"

#include "sluice/app/duty.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace sluice {

/// Several apps may share one, on one thread: its flush never runs beside itself.
class flushable final {
 public:
  flushable(std::shared_ptr<const void> object, flush_handler flush)
      : object_(std::move(object)), flush_(std::move(flush)) {}

  /// Which object it is.
  const void* object() const noexcept { return object_.get(); }
  /// Throws what the object's flush throws; `errc::cancelled` while it waits for another one.
  static boost::asio::awaitable<void> flush(std::shared_ptr<flushable> self,
                                            std::shared_ptr<connection> link);

 private:
  class turn;

  std::shared_ptr<const void> object_;
  flush_handler flush_;
  bool busy_ = false;
  std::vector<gate*> waiting_;
};

}  // namespace sluice
