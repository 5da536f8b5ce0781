#include <sluice/testing/certificates.hpp>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace sluice::testing {

namespace {

template <auto Free>
struct deleter {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};

using key_ptr = std::unique_ptr<EVP_PKEY, deleter<&EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, deleter<&X509_free>>;
using extension_ptr = std::unique_ptr<X509_EXTENSION, deleter<&X509_EXTENSION_free>>;
using bio_ptr = std::unique_ptr<BIO, deleter<&BIO_free_all>>;

constexpr long one_day = 24L * 60 * 60;

void require(bool succeeded, const char* what) {
  if (succeeded) return;
  char reason[256];
  ERR_error_string_n(ERR_get_error(), reason, sizeof reason);
  throw std::runtime_error(std::string("OpenSSL cannot ") + what + ": " + reason);
}

/// A key and the certificate that speaks for it.
struct identity {
  key_ptr key;
  certificate_ptr certificate;
};

/// What is written into a certificate.
struct subject {
  const char* name;
  std::string alternative_names;  ///< As `DNS:localhost,IP:127.0.0.1`; empty for none.
  const char* basic_constraints = "critical,CA:FALSE";
  const char* key_usage = "critical,digitalSignature";
  long valid_from = -2 * one_day;  ///< Seconds from now.
  long valid_until = 30 * one_day;
};

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const extension_ptr extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  require(extension != nullptr, "make a certificate extension");
  require(X509_add_ext(certificate, extension.get(), -1) == 1, "add a certificate extension");
}

std::int64_t random_serial() {
  std::int64_t serial = 0;
  require(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1,
          "draw a serial number");
  return serial & 0x7fffffffffffffff;
}

void describe(X509* certificate, EVP_PKEY* key, const subject& who) {
  const auto* common_name = reinterpret_cast<const unsigned char*>(who.name);
  const bool done =
      X509_set_version(certificate, 2) == 1 &&  // counted from 0: version 3
      ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate), random_serial()) == 1 &&
      X509_gmtime_adj(X509_getm_notBefore(certificate), who.valid_from) != nullptr &&
      X509_gmtime_adj(X509_getm_notAfter(certificate), who.valid_until) != nullptr &&
      X509_set_pubkey(certificate, key) == 1 &&
      X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                 common_name, -1, -1, 0) == 1;
  require(done, "describe a certificate's subject");
}

/// Makes a key and a certificate for it, signed by `issuer`, or by itself without one.
identity issue(const subject& who, const identity* issuer) {
  identity made{key_ptr(EVP_EC_gen("P-256")), certificate_ptr(X509_new())};
  require(made.key && made.certificate, "make a key");
  X509* certificate = made.certificate.get();
  describe(certificate, made.key.get(), who);
  X509* signer = issuer != nullptr ? issuer->certificate.get() : certificate;
  EVP_PKEY* signing_key = issuer != nullptr ? issuer->key.get() : made.key.get();
  require(X509_set_issuer_name(certificate, X509_get_subject_name(signer)) == 1, "name the issuer");
  add_extension(certificate, signer, NID_basic_constraints, who.basic_constraints);
  add_extension(certificate, signer, NID_key_usage, who.key_usage);
  add_extension(certificate, signer, NID_subject_key_identifier, "hash");
  add_extension(certificate, signer, NID_authority_key_identifier, "keyid");
  if (!who.alternative_names.empty()) {
    add_extension(certificate, signer, NID_subject_alt_name, who.alternative_names);
  }
  require(X509_sign(certificate, signing_key, EVP_sha256()) > 0, "sign a certificate");
  return made;
}

identity issue_server(server_identity flaw, const identity& authority) {
  subject server{.name = "localhost", .alternative_names = "DNS:localhost,IP:127.0.0.1"};
  if (flaw == server_identity::expired) server.valid_until = -one_day;
  if (flaw == server_identity::wrong_host) {
    server.name = "elsewhere.invalid";
    server.alternative_names = "DNS:elsewhere.invalid";
  }
  return issue(server, flaw == server_identity::self_signed ? nullptr : &authority);
}

bio_ptr open(const std::filesystem::path& path) {
  bio_ptr file(BIO_new_file(path.c_str(), "w"));
  require(file != nullptr, "write a PEM file");
  return file;
}

void write(const std::filesystem::path& path, const certificate_ptr& certificate) {
  const bio_ptr file = open(path);
  require(PEM_write_bio_X509(file.get(), certificate.get()) == 1, "write a certificate");
}

void write(const std::filesystem::path& path, const key_ptr& key) {
  const bio_ptr file = open(path);
  const bool written =
      PEM_write_bio_PrivateKey(file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1;
  require(written, "write a private key");
  using std::filesystem::perms;
  std::filesystem::permissions(path, perms::owner_read | perms::owner_write);
}

}  // namespace

certificates::certificates(std::filesystem::path folder, server_identity identity)
    : folder_(std::move(folder)) {
  const auto authority = issue({.name = "sluice test authority",
                                .alternative_names = {},
                                .basic_constraints = "critical,CA:TRUE",
                                .key_usage = "critical,keyCertSign,cRLSign"},
                               nullptr);
  const auto server = issue_server(identity, authority);
  const auto client = issue({.name = "sluice-test-client", .alternative_names = {}}, &authority);
  write(this->authority(), authority.certificate);
  write(server_certificate(), server.certificate);
  write(server_key(), server.key);
  write(client_certificate(), client.certificate);
  write(client_key(), client.key);
}

}  // namespace sluice::testing
