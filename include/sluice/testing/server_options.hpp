#pragma once

#include "sluice/testing/certificates.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::testing {

/// When an append-only file reaches the disk (`appendfsync`).
enum class fsync { always, everysec };

/// How a private_server is started. Setters return the object, so that they chain:
///
///     private_server server(server_options().tcp().append_only(fsync::always));
///
/// Without any of them the server listens on a Unix socket only, keeps nothing on disk and lets
/// everybody in.
///
/// Thread rule: a plain value; not for concurrent change.
class server_options {
 public:
  /// Starts from the defaults described above.
  server_options() = default;

  /// Also listen on a free TCP port of 127.0.0.1.
  server_options& tcp() {
    tcp_ = true;
    return *this;
  }

  /// Also listen for TLS on a free port of 127.0.0.1, with certificates made on the spot.
  server_options& tls(server_identity identity = server_identity::valid) {
    tls_ = identity;
    return *this;
  }

  /// Let nobody in over TLS who has no certificate of the same authority. Implies nothing else.
  server_options& require_client_certificate() {
    require_client_certificate_ = true;
    return *this;
  }

  /// Ask the default user for this password (`requirepass`).
  server_options& password(std::string secret) {
    password_ = std::move(secret);
    return *this;
  }

  /// Adds a user as `ACL SETUSER` words, e.g. `"reader on >secret ~* +@read"`. May be repeated.
  ///
  /// The word `user` in front is optional. One user exists always: `sluice-test-admin`, through
  /// which private_server::command() works whatever the test does to the others.
  server_options& acl_line(std::string line);

  /// Keep the data in an append-only file, so that it survives restart() and kill().
  server_options& append_only(fsync policy = fsync::everysec) {
    append_only_ = policy;
    return *this;
  }

  /// Adds a line to the configuration file, e.g. `config("maxmemory", "1mb")`. May be repeated.
  ///
  /// @param value written as it stands, so quote it as in a `redis.conf` where needed.
  /// @throws std::invalid_argument when name or value contains a line break.
  server_options& config(std::string_view name, std::string_view value);

  /// The program to run, a path or a name on PATH. Default: the environment variable
  /// `SLUICE_REDIS_SERVER`, else `redis-server`.
  server_options& binary(std::string program) {
    binary_ = std::move(program);
    return *this;
  }

  /// Run in this folder (made when absent) and leave it there at the end, for data that must
  /// outlive the object. Default: a new folder under the system's temporary one, removed at the
  /// end. A Unix socket's path is limited to about 100 characters, so keep it short.
  server_options& directory(std::filesystem::path folder) {
    directory_ = std::move(folder);
    return *this;
  }

  /// How long the server may take until it answers. Default 20 s; a large file to load needs more.
  server_options& start_limit(std::chrono::milliseconds limit) {
    start_limit_ = limit;
    return *this;
  }

 private:
  friend class private_server;
  friend class server_config;

  bool tcp_ = false;
  std::optional<server_identity> tls_;
  bool require_client_certificate_ = false;
  std::string password_;
  std::vector<std::string> users_;
  std::optional<fsync> append_only_;
  std::vector<std::string> lines_;
  std::string binary_;
  std::filesystem::path directory_;
  std::chrono::milliseconds start_limit_{20'000};
};

}  // namespace sluice::testing
