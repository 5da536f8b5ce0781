// Messages that nobody needs any more.
#pragma once

#include "redis/connection.hpp"
#include "redis/script_call.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace sluice {

/// Takes entries out of a topic's stream that all of its groups are done with; a stream keeps them
/// for ever. It looks after every thousand that are handed out here.
class spent_entries final : public std::enable_shared_from_this<spent_entries> {
 public:
  /// `group` is told with a failure.
  spent_entries(std::shared_ptr<connection> link, std::string stream, std::string group);

  /// One more is handed out.
  void on_given();

 private:
  void take_out();
  void on_taken_out(const script_outcome& what);

  std::shared_ptr<connection> link_;
  std::string stream_, group_;
  std::size_t given_ = 0;
  bool told_ = false;
};

}  // namespace sluice
