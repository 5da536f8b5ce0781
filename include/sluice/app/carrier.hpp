// What the messages of an app travel by, if not by streams of its Redis server.
#pragma once

#include "sluice/redis/client.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace sluice {

/// What carries messages to listeners. Made by the library of a carrier, such as `kafka::brokers`;
/// answers travel over Redis whatever it is.
///
/// Thread rule: a value; copies are the same choice.
class carrier {
 public:
  /// Makes what carries the messages of one app.
  using maker = std::function<std::unique_ptr<class main_stream>(const client& redis)>;

  /// Made by libraries of carriers. The name is that of its scheme in URLs, such as "kafka".
  carrier(std::string name, maker make) : name_(std::move(name)), make_(std::move(make)) {}

  /// The name of its scheme.
  const std::string& name() const noexcept { return name_; }

 private:
  friend class app_core;

  std::string name_;
  maker make_;
};

}  // namespace sluice
