// What tests of topics begin with: messages as telstar writes them, and members that work on them.
#pragma once

#include "support/stream_world.hpp"

#include <sluice/topic/topic_consumer.hpp>
#include <sluice/topic/topic_producer.hpp>

#include <boost/json/value.hpp>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace scene {

using sluice::topic_consumer;
using sluice::topic_delivery;
using sluice::topic_group;

/// The id of the message of a number.
inline std::string id_of(int n) {
  auto digits = std::to_string(n);
  digits.insert(0, 12 - digits.size(), '0');
  return "10000000-0000-4000-8000-" + digits;
}

inline int number_in(const sluice::topic_message& what) {
  return static_cast<int>(what.data().at("n").as_int64());
}

inline topic_group member(const std::string& name = "c") { return topic_group("g").consumer(name); }

struct topic_world : stream_world {
  using stream_world::stream_world;

  static std::string stream(const std::string& topic) { return "telstar:stream:" + topic; }
  static std::string seen_key(const std::string& topic, int n) {
    return "telstar:seen:" + topic + ":g:" + id_of(n);
  }
  static std::string checkpoint_key(const std::string& topic, const std::string& consumer = "c") {
    return "telstar:checkpoint:telstar:stream:" + topic + ":cg:g:" + consumer;
  }

  /// Adds the message of a number; returns the id of its entry.
  std::string send(const std::string& topic, int n, const std::string& entry = "*") {
    const auto data = "{\"n\": " + std::to_string(n) + "}";
    return server.command({"XADD", stream(topic), entry, "message_id", id_of(n), "data", data});
  }
  void send_many(const std::string& topic, int count, int first = 0) {
    for (int n = first; n < first + count; ++n) send(topic, n);
  }
  bool seen(const std::string& topic, int n) {
    return server.command({"GET", seen_key(topic, n)}) == "1";
  }
  int pending_in(const std::string& topic) { return pending(stream(topic), "g"); }
  /// Makes the group and gives its next entry to another consumer, who does nothing with it.
  void give_away(const std::string& topic, const std::string& consumer) {
    server.command(
        {"XREADGROUP", "GROUP", "g", consumer, "COUNT", "1", "STREAMS", stream(topic), ">"});
  }
  void make_group(const std::string& topic) {
    server.command({"XGROUP", "CREATE", stream(topic), "g", "0", "MKSTREAM"});
  }
  /// Runs a member beside the scene; it must have ended before the scene does.
  void run(topic_consumer& who) {
    beside([&who]() -> asio::awaitable<void> { co_await who.run(); });
  }
};

/// The numbers of the messages that a handler has worked on, in order.
class work_log {
 public:
  sluice::topic_handler handler() {
    return [done = done_](topic_delivery& what) -> asio::awaitable<void> {
      done->push_back(number_in(what));
      co_return;
    };
  }
  const std::vector<int>& done() const { return *done_; }
  std::size_t size() const { return done_->size(); }

 private:
  std::shared_ptr<std::vector<int>> done_ = std::make_shared<std::vector<int>>();
};

}  // namespace scene
