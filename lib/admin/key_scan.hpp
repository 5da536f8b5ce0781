// Keys that match a pattern, a bounded piece of the key space at a time.
#pragma once

#include "sluice/redis/client.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sluice::admin {

class key_scan {
 public:
  /// `type` restricts the keys to those of a type; empty for all.
  key_scan(client redis, std::string pattern, std::string type);

  bool over() const noexcept { return over_; }
  /// The matching keys of the next piece: none, some, and some of them again (redis.io, "SCAN").
  boost::asio::awaitable<std::vector<std::string>> next();

 private:
  client redis_;
  std::string pattern_, type_;
  std::string cursor_ = "0";
  bool over_ = false;
};

/// A pattern that matches this text alone.
std::string literally(std::string_view text);

}  // namespace sluice::admin
