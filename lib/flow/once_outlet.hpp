// Adding to a stream and acknowledging what it was made of, in one step.
#pragma once

#include "redis/connection.hpp"
#include "redis/script_call.hpp"

#include "sluice/core/error.hpp"
#include "sluice/flow/receipt.hpp"
#include "sluice/flow/runtime.hpp"
#include "sluice/flow/signal.hpp"
#include "sluice/redis/client.hpp"
#include "sluice/stream/fields.hpp"
#include "sluice/stream/producer.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::flow {

/// A step is repeated on broken links until its answer has come. What makes that safe is its
/// number: the server writes it down in a place that is another's as soon as the answer is here, so
/// that a repeated step is told from one that lost its entry to somebody else.
class once_outlet final : public std::enable_shared_from_this<once_outlet> {
 public:
  once_outlet(runtime& where, client redis, std::string stream, add_options how);

  void push(const std::vector<fields>& what, receipt from);
  bool full() const noexcept;
  boost::asio::awaitable<void> room() { return left_.wait(); }
  void fail(receipt from, const std::exception_ptr& why);

 private:
  struct step;

  std::optional<error> describe(const std::vector<fields>& what, step& into) const;
  std::optional<error> describe_additions(const std::vector<fields>& what, step& into) const;
  void on_answer(step& of, const script_outcome& answer);
  bool settle_without_asking(step& of);
  void settle(step& of, std::int64_t answer);
  void refuse_parts(receipt from);
  void give_up(receipt from, const error& why);

  runtime& run_;  // kept alive by what is under way
  stage_report& report_;
  client redis_;
  std::shared_ptr<connection> link_;
  std::string stream_;
  add_options how_;
  std::string record_;
  std::uint64_t last_number_ = 0;
  std::size_t places_ = 0;
  std::vector<std::size_t> free_;  // of these
  signal left_;
};

}  // namespace sluice::flow
