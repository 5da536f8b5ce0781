// Where the server is and how the connection to it behaves: a URL, or this class, or both.
#pragma once

#include "sluice/core/clock.hpp"
#include "sluice/core/event.hpp"
#include "sluice/core/random.hpp"
#include "sluice/resp/limits.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sluice {

/// How to speak TLS. Verification of the certificate and of the host name is on by default; there
/// is no silent fall-back to plain text. TLS 1.2 is the least that is accepted.
///
/// Thread rule: a value.
class tls_options {
 public:
  tls_options() = default;
  /// A file of PEM certificates to trust instead of the system's.
  tls_options& ca_file(std::string path) { return ca_file_ = std::move(path), *this; }
  /// A PEM file with the client's certificate chain, for servers that ask for one.
  tls_options& certificate_file(std::string path) {
    return certificate_file_ = std::move(path), *this;
  }
  /// A PEM file with the private key of the client's certificate.
  tls_options& key_file(std::string path) { return key_file_ = std::move(path), *this; }
  /// The name sent as SNI and checked against the certificate; the URL's host when empty.
  tls_options& server_name(std::string name) { return server_name_ = std::move(name), *this; }
  /// `false` accepts any certificate. For tests only: whoever is in between reads the password.
  tls_options& verify(bool on) { return verify_ = on, *this; }

  const std::string& ca_file() const noexcept { return ca_file_; }
  const std::string& certificate_file() const noexcept { return certificate_file_; }
  const std::string& key_file() const noexcept { return key_file_; }
  const std::string& server_name() const noexcept { return server_name_; }
  bool verify() const noexcept { return verify_; }

 private:
  std::string ca_file_, certificate_file_, key_file_, server_name_;
  bool verify_ = true;
};

/// Everything about a connection. Built from a URL and refined by setters, which all return the
/// object. Each setter has a reader of the same name.
///
/// URLs:
/// - `redis://user:password@host:port/db`; every part but the host is optional
/// - `rediss://…`: the same through TLS
/// - `unix:///path/to/socket?db=1`
///
/// Query parameters, named like the setters: `db`, `user`, `password`, `name`, `timeout`,
/// `connect_timeout`, `health_check` (durations as `500ms`, `2s`, `1m`), `ca_file`,
/// `certificate_file`, `key_file`, `server_name`, `verify` (`yes` or `no`).
///
/// Thread rule: a value.
class connection_options {
 public:
  using duration = std::chrono::milliseconds;
  /// Which kind of socket leads to the server.
  enum class scheme { tcp, tls, unix_socket };

  /// `redis://localhost:6379/0` with defaults.
  connection_options();
  /// Reads a URL. A bare `host` or `host:port` is no URL and is refused.
  ///
  /// Throws `error` with `errc::invalid_url`; the text names the part and what is wrong with it,
  /// and never shows the password.
  explicit connection_options(std::string_view url);

  /// How to reach the server.
  connection_options& tcp(std::string host, std::uint16_t port);
  /// The same through TLS.
  connection_options& tls(std::string host, std::uint16_t port, tls_options how);
  /// By a Unix domain socket.
  connection_options& unix_socket(std::string path);
  /// The ACL user and password; an empty user means the server's default user.
  connection_options& credentials(std::string user, std::string password);
  /// The number of the database, 0 to 2^31-1.
  connection_options& database(std::uint32_t number);
  /// The name that `CLIENT LIST` shows. Letters, digits and punctuation, no spaces.
  connection_options& name(std::string client_name);
  /// The deadline of a command that is given none of its own, counted from the call. Default 10 s;
  /// zero means none: such a command may wait for ever while the server is away.
  connection_options& timeout(duration limit);
  /// How long one attempt to connect, TLS and handshake included, may take. Default 5 s, > 0.
  connection_options& connect_timeout(duration limit);
  /// After this long without a byte from the server a PING is sent. Default 5 s; zero turns the
  /// check off, and a half-open link is then found by the kernel only (`TCP_USER_TIMEOUT`).
  connection_options& health_check(duration interval);
  /// How long after that PING the link is given up. Default 5 s. Longer than any planned
  /// `CLIENT PAUSE`.
  connection_options& health_timeout(duration limit);
  /// The pauses between attempts to reconnect: a random time in [0, d], d doubling from `first`
  /// to `longest`. Defaults 50 ms and 10 s. It starts over after a link that was healthy for long.
  connection_options& backoff(duration first, duration longest);
  /// How many commands, and how many of their bytes, may be queued or awaiting their reply;
  /// further calls await room, in order. Defaults 16,384 and 64 MiB.
  connection_options& in_flight(std::size_t commands, std::size_t bytes);
  /// What is accepted from the server. See `resp::limits`.
  connection_options& limits(resp::limits accepted);
  /// Asks at connect whether keyspace pushes arrive (arms, writes and expires the scratch key
  /// `sluice:probe:…`). Default on; without it pushes are trusted where tracking is granted.
  connection_options& probe_doorbell(bool on);
  /// Called on the client's executor with each event. Must not throw. Default: nobody. What is
  /// still under way when the last client goes keeps the connection, and so events may come after
  /// it: let the handler own what it uses.
  connection_options& on_event(event_handler handler);
  /// Commands slower than this raise `event::slow_command`. Default zero: off.
  connection_options& slow_command(duration limit);
  /// Where time comes from; the system's clock when null.
  connection_options& time_source(std::shared_ptr<sluice::clock> source);
  /// Where jitter and nonces come from; the system's when empty.
  connection_options& random(random_source source);

  /// Which kind of socket.
  scheme kind() const noexcept { return scheme_; }
  /// The host name or address.
  const std::string& host() const noexcept { return host_; }
  /// The TCP port.
  std::uint16_t port() const noexcept { return port_; }
  /// The Unix socket's path.
  const std::string& path() const noexcept { return path_; }
  const tls_options& tls() const noexcept { return tls_; }
  /// The ACL user; empty for the default one.
  const std::string& user() const noexcept { return user_; }
  /// The password: never log it.
  const std::string& password() const noexcept { return password_; }
  std::uint32_t database() const noexcept { return database_; }
  const std::string& name() const noexcept { return name_; }
  duration timeout() const noexcept { return timeout_; }
  duration connect_timeout() const noexcept { return connect_timeout_; }
  duration health_check() const noexcept { return health_check_; }
  duration health_timeout() const noexcept { return health_timeout_; }
  /// The first pause's upper bound.
  duration backoff_first() const noexcept { return backoff_first_; }
  /// The longest pause.
  duration backoff_longest() const noexcept { return backoff_longest_; }
  /// The bound of commands in flight.
  std::size_t in_flight_commands() const noexcept { return in_flight_commands_; }
  /// The bound of their bytes.
  std::size_t in_flight_bytes() const noexcept { return in_flight_bytes_; }
  const resp::limits& limits() const noexcept { return limits_; }
  bool probe_doorbell() const noexcept { return probe_doorbell_; }
  const event_handler& on_event() const noexcept { return on_event_; }
  duration slow_command() const noexcept { return slow_command_; }
  const std::shared_ptr<sluice::clock>& time_source() const noexcept { return time_source_; }
  const random_source& random() const noexcept { return random_; }

  /// Where it leads, for logs and errors: no user, no password.
  std::string address() const;

 private:
  scheme scheme_ = scheme::tcp;
  std::string host_ = "localhost";
  std::uint16_t port_ = 6379;
  std::string path_;
  tls_options tls_;
  std::string user_, password_;
  std::uint32_t database_ = 0;
  std::string name_;
  duration timeout_{10'000};
  duration connect_timeout_{5'000};
  duration health_check_{5'000};
  duration health_timeout_{5'000};
  duration backoff_first_{50};
  duration backoff_longest_{10'000};
  std::size_t in_flight_commands_ = 16'384;
  std::size_t in_flight_bytes_ = std::size_t{64} << 20U;
  resp::limits limits_;
  bool probe_doorbell_ = true;
  event_handler on_event_;
  duration slow_command_{0};
  std::shared_ptr<sluice::clock> time_source_;
  random_source random_;
};

}  // namespace sluice
