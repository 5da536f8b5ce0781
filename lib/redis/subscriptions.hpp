// Who listens to which channel on this connection, and what the server knows of it.
#pragma once

#include "redis/engine.hpp"

#include "sluice/core/error.hpp"
#include "sluice/resp/value.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

class connection;

/// Somebody who listens to channels. The rules of `reply_sink` hold for all calls; nobody may begin
/// or end listening during one.
class channel_listener {
 public:
  /// A message; `pattern` is empty when the channel was subscribed by name.
  virtual void on_message(std::string_view pattern, std::string_view channel,
                          std::string_view payload) = 0;
  /// A topic of the listener was confirmed.
  virtual void on_listening() {}
  /// The server refused a topic of the listener, or connecting is hopeless for now.
  virtual void on_refused(const error&) {}
  /// The link is gone and messages with it; the topics come back with the next link.
  virtual void on_interrupted() {}
  /// The client was closed; nothing follows.
  virtual void on_end() {}

 protected:
  ~channel_listener() = default;
};

/// By name, or by a glob-style pattern.
enum class topic_kind : unsigned char { channel, pattern };

/// One subscription at the server for all listeners of a topic. Restored with every link.
class subscriptions {
 public:
  explicit subscriptions(connection& link) noexcept;
  subscriptions(const subscriptions&) = delete;
  subscriptions& operator=(const subscriptions&) = delete;
  ~subscriptions();

  void add(topic_kind kind, const std::string& name, channel_listener& who);
  void remove(topic_kind kind, const std::string& name, channel_listener& who) noexcept;
  bool confirmed(topic_kind kind, const std::string& name) const;
  /// Why the server refused it on this link; null when it did not.
  const error* refusal(topic_kind kind, const std::string& name) const;

  void on_push(const resp::value& push);
  void on_link_ready();
  void on_link_lost();
  void on_hopeless(const error& why);
  void on_end();

 private:
  class topic;
  using table = std::map<std::string, std::unique_ptr<topic>, std::less<>>;

  table& of(topic_kind kind) noexcept {
    return kind == topic_kind::channel ? channels_ : patterns_;
  }
  const topic* find(topic_kind kind, const std::string& name) const;
  void deliver(topic_kind kind, std::string_view topic_name, std::string_view channel,
               std::string_view payload);
  template <class Tell>
  void tell_all(Tell&& tell);

  connection& link_;
  table channels_, patterns_;
};

}  // namespace sluice
