// Messages that are sent together.
#pragma once

#include "sluice/topic/topic_message.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

/// Messages for topics, in order, and what to do once they are stored. Setters return the object.
///
/// Thread rule: a value.
class topic_batch {
 public:
  /// A message and where it goes.
  using item = std::pair<std::string, topic_message>;
  /// A coroutine, such as one that marks rows of a table as sent.
  using action = std::function<boost::asio::awaitable<void>()>;

  topic_batch() = default;

  /// Adds a message at the end.
  topic_batch& add(std::string topic, topic_message what);
  /// Called once the batch is stored; without effect for `send_batch`.
  topic_batch& when_stored(action done) { return when_stored_ = std::move(done), *this; }

  /// How many messages there are.
  std::size_t size() const noexcept { return items_.size(); }
  /// True while there is none.
  bool empty() const noexcept { return items_.empty(); }
  /// The messages in order.
  const std::vector<item>& items() const noexcept { return items_; }
  const action& when_stored() const noexcept { return when_stored_; }

 private:
  std::vector<item> items_;
  action when_stored_;
};

}  // namespace sluice
