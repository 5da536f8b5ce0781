// Whether this user may run a command, found out without doing anything.
#pragma once

#include "sluice/redis/client.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <vector>

namespace sluice::admin {

/// What the server says about a command.
enum class permission : unsigned char {
  given,
  no_command,  ///< It may not be run.
  no_key,      ///< Not with such a key.
  no_channel,  ///< Not with such a channel.
  unknown,     ///< It can be found out by `ACL DRYRUN` alone, which this user may not run.
};

/// Asks by `ACL DRYRUN`, from Redis 7.0 on and where the user may; else by doing it.
class rights_probe {
 public:
  explicit rights_probe(client redis) : redis_(std::move(redis)) {}

  boost::asio::awaitable<void> begin();
  /// `words` have to be a command that changes nothing.
  boost::asio::awaitable<permission> may(std::vector<std::string> words);

 private:
  boost::asio::awaitable<permission> attempt(std::vector<std::string> words);
  boost::asio::awaitable<permission> listen(std::string channel);

  client redis_;
  std::string user_;  // empty where there is no trying without doing
};

}  // namespace sluice::admin
