// One entry from its arrival to its end.
#pragma once

#include "topic/patience.hpp"
#include "topic/settlement.hpp"

#include "sluice/topic/topic_consumer.hpp"

#include <boost/asio/awaitable.hpp>

#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace sluice {

/// A topic's handler, and which data it accepts.
struct topic_line {
  topic_handler work;
  payload_check fits;
};
using topic_lines = std::map<std::string, topic_line, std::less<>>;

/// Reads an entry, passes over what the group has settled, lets the handler work, settles; and
/// decides what becomes of what fails. It throws what ends the member.
class topic_worker {
 public:
  topic_worker(patience& asking, const topic_group& how)
      : asking_(asking), on_unfit_(how.on_unfit()), retry_(how.retry()) {}

  topic_lines& lines() noexcept { return lines_; }
  const topic_lines& lines() const noexcept { return lines_; }
  error_handlers& handlers() noexcept { return handlers_; }
  const topic_counters& counters() const noexcept { return counters_; }

  /// `next` is the seen key of the message that comes next, or empty.
  boost::asio::awaitable<void> handle(std::shared_ptr<settler> by, delivery what, std::string next);

 private:
  using settlement_ptr = std::shared_ptr<settlement>;

  const topic_line& line_of(const settlement& which) const;
  topic_message read(const settlement& which) const;
  boost::asio::awaitable<bool> was_settled(std::shared_ptr<settler> by, std::string seen_key);
  boost::asio::awaitable<void> let_work(settlement_ptr which, topic_message what);
  /// Settles it, or, without an id, dismisses it.
  boost::asio::awaitable<void> end(settlement_ptr which, std::optional<uuid> id);
  boost::asio::awaitable<void> end_unfit(settlement_ptr which, std::exception_ptr flaw);
  boost::asio::awaitable<void> end_failed(settlement_ptr which, std::exception_ptr thrown);
  boost::asio::awaitable<void> obey(settlement_ptr which, verdict judged,
                                    std::exception_ptr thrown);

  patience& asking_;
  unfit on_unfit_;
  retry_policy retry_;
  topic_lines lines_;
  error_handlers handlers_;
  topic_counters counters_;
};

}  // namespace sluice
