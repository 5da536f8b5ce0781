// Kafka, as an app knows it.
#pragma once

#include <functional>
#include <memory>
#include <utility>

namespace sluice {

class client;
class main_stream;

/// Kafka as what carries an app's messages, with all that was chosen about it, for
/// `app_options::main`. The library `sluice::kafka` makes it: `kafka::brokers` converts to it.
///
/// Thread rule: a value; copies are the same choice.
class kafka_carrier {
 public:
  /// Makes what carries the messages of one app; their answers travel by `redis`.
  using maker = std::function<std::unique_ptr<main_stream>(const client& redis)>;

  /// For the library that speaks to brokers.
  explicit kafka_carrier(maker make) : make_(std::move(make)) {}
  /// For the app.
  const maker& make() const noexcept { return make_; }

 private:
  maker make_;
};

}  // namespace sluice
