// The names of the keys of channels and clients. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// rivulet's names, in both layouts.
class box_keys {
 public:
  explicit box_keys(std::string prefix) : prefix_(std::move(prefix)) {}

  /// What the names of all keys of a kind begin with.
  std::string all_messages() const { return prefix_ + "messages:channel#"; }
  std::string all_clients() const { return prefix_ + "clients:channel#"; }
  std::string all_ids() const { return prefix_ + "ids:channel#"; }
  std::string all_indexes() const { return prefix_ + "indexes:client#"; }

  std::string messages(std::string_view channel) const { return all_messages().append(channel); }
  /// The number of the last message.
  std::string ids(std::string_view channel) const { return all_ids().append(channel); }
  /// How far each subscriber is.
  std::string clients(std::string_view channel) const { return all_clients().append(channel); }
  std::string lock(std::string_view channel) const {
    return (prefix_ + "lock:ids:channel#").append(channel);
  }
  /// How far a client is in each channel; says the same as `clients`.
  std::string index(std::string_view client) const { return all_indexes().append(client); }
  /// What this run of a client has written and may write again.
  std::string once(std::string_view client, std::string_view run) const {
    return (prefix_ + "once:client#").append(client).append(":").append(run);
  }
  /// What matches the keys of all channels, and more.
  std::string pattern() const;
  /// The channel that a key belongs to; empty when it belongs to none.
  std::string_view channel_of(std::string_view key) const;

  /// Those that the scripts know a channel by: messages, ids, clients, lock.
  void append(std::vector<std::string>& keys, std::string_view channel) const;

 private:
  std::string prefix_;
};

}  // namespace sluice
