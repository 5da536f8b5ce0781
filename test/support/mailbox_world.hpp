// What tests of mailboxes begin with, and a client that speaks as rivulet does.
#pragma once

#include "support/stream_world.hpp"

#include <sluice/mailbox/mailbox.hpp>
#include <sluice/mailbox/mailbox_channels.hpp>

#include <string>
#include <vector>

namespace scene {

using sluice::mailbox;
using sluice::mailbox_channels;
using sluice::mailbox_layout;
using sluice::mailbox_messages;
using sluice::mailbox_options;
using sluice::mailbox_prune;
using sluice::mailbox_start;
using texts = std::vector<std::string>;

/// The texts that a read brought of a channel.
inline texts texts_of(const mailbox_messages& read, const std::string& channel) {
  texts found;
  const auto at = read.find(channel);
  if (at == read.end()) return found;
  for (const auto& each : at->second) found.push_back(each.text());
  return found;
}

/// "0", "1", …
inline texts numbered(int count, int first = 0) {
  texts made;
  for (int i = 0; i < count; ++i) made.push_back(std::to_string(first + i));
  return made;
}

struct mailbox_world : stream_world {
  explicit mailbox_world(mailbox_layout where, const server_options& how = server_options())
      : stream_world(how), layout(std::move(where)) {}

  mailbox_options options() { return mailbox_options().layout(layout); }
  mailbox box(const std::string& id) { return mailbox(redis, id, options()); }
  mailbox box(const std::string& id, const mailbox_options& how) {
    return mailbox(redis, id, mailbox_options(how).layout(layout));
  }
  mailbox_channels channels() { return mailbox_channels(redis, layout); }
  std::string key(const std::string& name) { return layout.prefix() + name; }
  long stored(const std::string& channel) {
    const bool native = layout.kind() == mailbox_layout::form::native;
    return std::stol(
        server.command({native ? "XLEN" : "ZCARD", key("messages:channel#" + channel)}));
  }

  /// Writes "0", "1", …
  asio::awaitable<void> write(mailbox& by, std::string channel, int count, int first = 0) {
    for (const auto& each : numbered(count, first)) co_await by.write(channel, each);
  }

  mailbox_layout layout;
};

/// Every layout in turn.
inline mailbox_layout any_layout() {
  const auto which = GENERATE(0, 1, 2);
  if (which == 0) return mailbox_layout::native();
  return mailbox_layout::rivulet(which == 1 ? "" : "rvl:");
}

/// A client of rivulet, by the commands that it sends.
class rivulet_client {
 public:
  rivulet_client(private_server& server, std::string id) : server_(server), id_(std::move(id)) {}

  void lock(const std::string& channel, const std::string& milliseconds = "10000") {
    server_.command({"SET", "lock:ids:channel#" + channel, "token", "PX", milliseconds, "NX"});
  }
  void unlock(const std::string& channel) {
    server_.command({"DEL", "lock:ids:channel#" + channel});
  }
  void write(const std::string& channel, const std::string& data) {
    lock(channel);
    const auto id = server_.command({"INCRBY", "ids:channel#" + channel, "1"});
    const auto message = R"({"id": )" + id + R"(, "ts": 1795229168221000, "src": ")" + id_ +
                         R"(", "data": ")" + data + R"("})";
    server_.command({"ZADD", "messages:channel#" + channel, id, message});
    unlock(channel);
  }
  void subscribe_at(const std::string& channel, const std::string& index) {
    server_.command({"ZADD", "clients:channel#" + channel, index, id_});
    server_.command({"ZADD", "indexes:client#" + id_, index, channel});
  }
  std::string position(const std::string& channel) {
    return server_.command({"ZSCORE", "indexes:client#" + id_, channel});
  }
  /// A window of numbers behind its position, and no more.
  std::string read(const std::string& channel, int limit = 512) {
    const auto index = std::stol(position(channel));
    auto found = server_.command({"ZRANGEBYSCORE", "messages:channel#" + channel,
                                  std::to_string(index + 1), std::to_string(index + limit)});
    return found;
  }

 private:
  private_server& server_;
  std::string id_;
};

}  // namespace scene
