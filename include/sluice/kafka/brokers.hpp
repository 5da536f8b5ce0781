// Kafka as what carries the messages of an app.
#pragma once

#include "sluice/app/kafka_address.hpp"
#include "sluice/app/kafka_carrier.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

/// Messages of apps over Kafka, by librdkafka. A library of its own: `sluice::kafka`.
namespace sluice::kafka {

/// Whose word a sender waits for.
enum class acknowledged_by : unsigned char {
  all,  ///< Every replica in step; each message is stored once, in order, whatever is sent again.
  leader,  ///< The partition's leader alone, as streamback's processes do.
  nobody,  ///< What has left counts as stored.
};

/// A Kafka cluster, and how an app works with it. Setters return the object.
///
/// @code
/// sluice::kafka::brokers cluster("kafka-1:9092,kafka-2:9092");
/// sluice::app billing(redis, "billing", sluice::app_options().main(cluster));
/// @endcode
///
/// A topic is a Kafka topic of its name, an app's listeners are the consumer group of the app's
/// name, and a message is the JSON object that streamback's processes write and read. A group that
/// has never been there begins with the oldest message.
///
/// An offset is committed when its message and all before it in the partition are done with; what
/// was in hand when a process died is handed out again. How often that has happened to a message
/// is kept with the committed offset: one that its processes die of is worked on alone, and given
/// up in the end (`listener_options::max_deliveries`). What is given up, as no listener could
/// handle it or as it is no message at all, is sent to the topic's dead letters (see
/// `dead_letters`), and committed only then.
///
/// While messages are worked on, later ones of the partition stay with librdkafka, which asks the
/// broker for no more than 16 MiB of each. When the group is shared out anew, a process first ends
/// what it has in hand of the partitions that it gives up.
///
/// A cluster that is out of reach is told to the client's event handler (`carrier_troubled`) and
/// tried again. Wrong credentials, missing rights and a state from which librdkafka knows no way
/// back end `app::run()` with an error that holds the broker's words.
///
/// Thread rule: a value. librdkafka has threads of its own; nothing of an app runs on them.
class brokers {
 public:
  using setting = std::pair<std::string, std::string>;

  /// A cluster that can be reached by one of these addresses: "host:port,host:port"; 9092 where a
  /// port is missing.
  ///
  /// Throws `error` with `errc::invalid_argument` for no address.
  explicit brokers(std::string addresses);
  /// What a URL says: brokers, login, TLS.
  explicit brokers(const kafka_address& where);

  /// Logs in with SASL PLAIN. Without `tls()` the password travels openly.
  brokers& user(std::string name, std::string password);
  /// Speaks TLS, and believes the certificates that the system believes.
  brokers& tls() { return tls_ = true, *this; }
  /// Speaks TLS, and believes what the authorities in a PEM file have signed.
  brokers& trust(std::string ca_file);
  /// Speaks TLS, and shows a certificate of its own. Both are PEM files.
  brokers& certificate(std::string file, std::string key_file);

  /// When a message counts as stored. Default: `acknowledged_by::all`.
  brokers& acks(acknowledged_by whom) { return acks_ = whom, *this; }
  /// How long a message may take to be stored, > 0, whatever happens; `sent()` fails then. Default
  /// 30 s.
  ///
  /// Throws `error` with `errc::invalid_argument`.
  brokers& send_within(std::chrono::milliseconds limit);
  /// How many messages may be on their way, ≥ 1, of 64 MiB together; more are refused with
  /// `errc::overloaded`. Default 100,000.
  ///
  /// Throws `error` with `errc::invalid_argument`.
  brokers& queue_at_most(std::size_t messages);
  /// How long a process may work on what it has in hand of partitions that it has to give up, ≥ 0,
  /// before it cancels it. The whole group waits for it. Default 10 s.
  ///
  /// Throws `error` with `errc::invalid_argument`.
  brokers& rebalance_within(std::chrono::milliseconds limit);
  /// Gives up and takes over partitions one by one while the others go on; all members of the group
  /// have to do so. Default: all at once, as streamback's processes do.
  brokers& cooperative() { return cooperative_ = true, *this; }
  /// What is added to a topic's name for the topic of its dead letters; with an empty text they are
  /// dropped. A dead letter is the message as it was, key and headers too, with headers that say
  /// how it died: `dead.topic`, `dead.partition`, `dead.offset`, `dead.group`, `dead.reason` and
  /// `dead.error`. While none can be stored its partition waits. Default ".dead".
  brokers& dead_letters(std::string suffix) { return suffix_ = std::move(suffix), *this; }
  /// Any setting of librdkafka by its name there.
  ///
  /// Throws `error` with `errc::invalid_argument` for what it does not know, or for one of those
  /// on which the promises above rest.
  brokers& property(std::string name, std::string value);

  /// The choice for an app.
  ///
  /// Throws `error` with `errc::invalid_argument` for a setting that librdkafka refuses. Those that
  /// contradict each other are refused when the first message is sent, and by `app::run()`.
  operator kafka_carrier() const;

  /// The choices, as they are.
  const std::string& addresses() const noexcept { return addresses_; }
  /// Whether it speaks TLS.
  bool speaks_tls() const noexcept { return tls_; }
  acknowledged_by acks() const noexcept { return acks_; }
  std::chrono::milliseconds send_within() const noexcept { return send_within_; }
  std::size_t queue_at_most() const noexcept { return queue_at_most_; }
  std::chrono::milliseconds rebalance_within() const noexcept { return rebalance_within_; }
  /// Whether partitions change hands one by one.
  bool is_cooperative() const noexcept { return cooperative_; }
  const std::string& dead_letters() const noexcept { return suffix_; }
  /// The settings of librdkafka that were chosen one by one, credentials among them.
  const std::vector<setting>& properties() const noexcept { return properties_; }

 private:
  std::string addresses_;
  std::vector<setting> properties_;
  acknowledged_by acks_ = acknowledged_by::all;
  std::chrono::milliseconds send_within_{30'000};
  std::chrono::milliseconds rebalance_within_{10'000};
  std::size_t queue_at_most_ = 100'000;
  std::string suffix_ = ".dead";
  bool tls_ = false;
  bool sasl_ = false;
  bool cooperative_ = false;

  friend class settings;
};

/// From here on streams strings may name Kafka: `main=kafka://host:9092&feedback=…`. A program
/// says it once, at its beginning; saying it again does nothing.
///
/// Thread rule: may be called from any thread.
void enable() noexcept;

}  // namespace sluice::kafka
