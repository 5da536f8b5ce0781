// Where Kafka's brokers are.
#pragma once

#include "sluice/redis/options.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// Brokers, and how to log in to them. Two forms are understood:
/// - `kafka://user@password:host:port,host:port`, as streamback writes it: taken as it stands, so
///   that no part can hold `@`, `:`, `,` or `?`;
/// - `kafka://user:password@host:port,host:port`, in which `%XX` stands for a character.
///
/// User and password may be left out. `kafkas://` is the same through TLS, with the parameters
/// `?ca_file=…&certificate_file=…&key_file=…&verify=no`.
///
/// Thread rule: a value.
class kafka_address {
 public:
  /// Reads a URL.
  ///
  /// Throws `error` with `errc::invalid_url`; the text names the part and shows none of it.
  explicit kafka_address(std::string_view url);

  /// As librdkafka's `bootstrap.servers` wants them: `host:port,host:port`.
  const std::string& brokers() const noexcept { return brokers_; }
  /// Empty without a login.
  const std::string& user() const noexcept { return user_; }
  /// The password: never log it.
  const std::string& password() const noexcept { return password_; }
  /// How to speak TLS; empty where it is not spoken.
  const std::optional<tls_options>& tls() const noexcept { return tls_; }

 private:
  void read_login(std::string_view text);
  void read_brokers(std::string_view text);
  void read_parameters(std::string_view text);

  std::string brokers_, user_, password_;
  std::optional<tls_options> tls_;
};

}  // namespace sluice
