// How an app is called, and what carries what it says.
#pragma once

#include "sluice/app/carrier.hpp"
#include "sluice/app/kafka_carrier.hpp"
#include "sluice/redis/options.hpp"

#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace sluice {

/// What an app needs to know beside its name. Setters return the object. What a streams string says
/// comes before what is said here.
///
/// Thread rule: a value.
class app_options {
 public:
  /// Adjusts the connections that an app makes of a streams string.
  using adjustment = std::function<void(connection_options&)>;

  /// Topics as they are called, streams for messages, reply streams for answers.
  app_options() = default;

  /// What stands before all topics of the app on the server, and a dot. A topic that begins with
  /// both is left as it is; where lists or Kafka carry messages one that begins with the bare text
  /// is, too, as streamback's processes do it: with the prefix `prod` the topic `production` stays
  /// `production` there. Default: nothing.
  app_options& topics_prefix(std::string text) { return prefix_ = std::move(text), *this; }
  /// The group that the app's processes form, and what its messages and answers name as their
  /// source, instead of its name.
  app_options& group(std::string name) { return group_ = std::move(name), *this; }
  /// What carries messages of an app that is made of a client. Default `carrier::streams`.
  ///
  /// Throws `error` with `errc::invalid_argument` for Kafka, whose brokers it would not know.
  app_options& main(carrier what);
  /// Kafka carries messages of an app that is made of a client: give it `kafka::brokers`.
  app_options& main(kafka_carrier brokers);
  /// How answers come back. By default on a reply stream where streams carry messages, else by
  /// lists. Sluice's processes answer either way, whatever carries the message.
  app_options& answers(answers_by what) { return answers_ = what, *this; }
  /// Whether a message of a list stays on the server until it is handled, so that it is not lost
  /// with a process. It is then handled at least once instead of at most once. While it is worked
  /// on it lies in a list of this process, `sluice:processing:…`, from which others put it back
  /// when the process has been silent for six of `listener_options::heartbeat`. Streamback's
  /// processes notice nothing of it. Default true.
  app_options& keep_until_handled(bool yes) { return keep_ = yes, *this; }
  /// Called with the options of each connection before it is made, for what no URL can say.
  app_options& connections(adjustment adjust) { return adjust_ = std::move(adjust), *this; }

  const std::string& topics_prefix() const noexcept { return prefix_; }
  const std::string& group() const noexcept { return group_; }
  carrier main() const noexcept { return main_; }
  /// Where `main()` is Kafka.
  const std::optional<kafka_carrier>& kafka() const noexcept { return kafka_; }
  const std::optional<answers_by>& answers() const noexcept { return answers_; }
  bool keep_until_handled() const noexcept { return keep_; }
  const adjustment& connections() const noexcept { return adjust_; }

 private:
  std::string prefix_, group_;
  carrier main_ = carrier::streams;
  std::optional<kafka_carrier> kafka_;
  std::optional<answers_by> answers_;
  bool keep_ = true;
  adjustment adjust_;
};

}  // namespace sluice
