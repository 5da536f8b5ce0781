// What a topic producer is made of; it outlives it where an operation goes on.
#pragma once

#include "topic/patience.hpp"

#include "sluice/redis/transaction.hpp"
#include "sluice/topic/topic_producer.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

class topic_outlet {
 public:
  topic_outlet(client redis, std::string prefix);

  uuid make_id() const;
  command add_command(std::string_view topic, const topic_message& what) const;
  transaction add_commands(const topic_batch& what) const;
  void set_pause(std::chrono::milliseconds time) noexcept { pause_ = time; }
  void set_surroundings(topic_surroundings with) { surroundings_ = std::move(with); }
  void begin_again() noexcept { asking_.begin_again(); }
  void stop() noexcept { asking_.end(); }

  // The caller keeps the outlet alive.
  boost::asio::awaitable<std::vector<entry_id>> add(transaction what);
  boost::asio::awaitable<void> run(topic_source source);

 private:
  // Both count what they sent.
  boost::asio::awaitable<void> step(const topic_source& source, std::size_t& sent);
  boost::asio::awaitable<void> fetch_and_send(const topic_source& source, std::size_t& sent);

  patience asking_;
  std::string prefix_;
  std::chrono::milliseconds pause_{500};
  topic_surroundings surroundings_;
};

}  // namespace sluice
