#pragma once

#include <filesystem>

namespace sluice::testing {

/// What a client that checks certificates finds when it meets the server.
enum class server_identity {
  valid,        ///< Signed by the authority, for `localhost` and `127.0.0.1`.
  expired,      ///< As `valid`, but its last day was yesterday.
  wrong_host,   ///< Signed by the authority, for `elsewhere.invalid` only.
  self_signed,  ///< Names the right host, but no authority vouches for it.
};

/// A certificate authority made for one test, with a server and a client certificate.
///
/// Everything is written as PEM files into one folder, which the caller owns. The keys are fresh
/// for every object, so nothing secret is ever stored with the tests, and a certificate can never
/// have grown old in the repository. Making the three takes about a millisecond (P-256 keys).
///
/// Thread rule: immutable after construction; reading from several threads is safe.
class certificates {
 public:
  /// Makes the authority, a server certificate with the wanted flaw, and a client certificate.
  ///
  /// @param folder   an existing folder; files of an earlier object in it are overwritten.
  /// @param identity what is right or wrong with the server certificate.
  /// @throws std::runtime_error when OpenSSL refuses or a file cannot be written.
  explicit certificates(std::filesystem::path folder,
                        server_identity identity = server_identity::valid);

  /// The authority's certificate: what a client must trust.
  std::filesystem::path authority() const { return folder_ / "ca.crt"; }

  /// The certificate that the server presents.
  std::filesystem::path server_certificate() const { return folder_ / "server.crt"; }

  /// The private key of server_certificate().
  std::filesystem::path server_key() const { return folder_ / "server.key"; }

  /// A certificate for a client, signed by the authority (common name `sluice-test-client`).
  std::filesystem::path client_certificate() const { return folder_ / "client.crt"; }

  /// The private key of client_certificate().
  std::filesystem::path client_key() const { return folder_ / "client.key"; }

 private:
  std::filesystem::path folder_;
};

}  // namespace sluice::testing
