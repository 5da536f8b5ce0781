// Messages that are not due yet, on the server. Every step there is one script.
#pragma once

#include "app/due_time.hpp"
#include "app/main_stream.hpp"
#include "redis/script_call.hpp"

#include "sluice/redis/client.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace sluice {

/// A message that this process has to send, and then to cross out.
struct taken_message {
  std::string id;
  std::string topic;
  std::vector<std::string> words;
};

/// A sorted set of ids by the time in ms from which on they may leave, and a hash of messages.
class delayed_store {
 public:
  delayed_store(const client& redis, std::string place);

  std::string set_key() const { return place_; }
  std::string messages_key() const { return place_ + ":messages"; }

  /// Keeps a message. Not repeated on a broken link: it may have left by then.
  void put(const std::string& id, due_time due, const kept_message& what, script_handler done);
  /// Sends up to `most` of those that are due, in order. Answers: messages that this process has to
  /// send, each with its id, kind, topic and words; the errors of those that could not be sent,
  /// which are tried again later.
  void send_due(std::size_t most, script_handler done);
  /// Crosses out what this process has sent.
  void cross_out(const std::string& id);
  /// Returns whether it was still there.
  boost::asio::awaitable<bool> cancel(std::string id) const;

  static taken_message read_taken(const resp::value& from);

 private:
  client redis_;
  connection& link_;
  std::string place_;
};

}  // namespace sluice
