#include <sluice/testing/certificates.hpp>
#include <sluice/testing/fault_proxy.hpp>
#include <sluice/testing/private_server.hpp>

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "support/catch.hpp"

namespace {

using sluice::testing::certificates;
using sluice::testing::fault_proxy;
using sluice::testing::private_server;
using sluice::testing::server_identity;
using sluice::testing::server_options;

/// A TLS client that checks everything, and what it found.
class tls_client {
 public:
  tls_client(const certificates& files, std::uint16_t port, bool show_certificate = false)
      : context_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free) {
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_load_verify_file(context_.get(), files.authority().c_str());
    if (show_certificate) {
      SSL_CTX_use_certificate_chain_file(context_.get(), files.client_certificate().c_str());
      SSL_CTX_use_PrivateKey_file(context_.get(), files.client_key().c_str(), SSL_FILETYPE_PEM);
    }
    connection_.reset(BIO_new_ssl_connect(context_.get()));
    BIO_set_conn_hostname(connection_.get(), ("127.0.0.1:" + std::to_string(port)).c_str());
    SSL* session = nullptr;
    BIO_get_ssl(connection_.get(), &session);
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), "127.0.0.1");
    shaken_ = BIO_do_handshake(connection_.get()) == 1;
    verdict_ = SSL_get_verify_result(session);
  }

  bool shaken() const { return shaken_; }
  long verdict() const { return verdict_; }

  std::string ask(std::string_view command) {
    std::string reply(64, '\0');
    BIO_write(connection_.get(), command.data(), static_cast<int>(command.size()));
    const int count = BIO_read(connection_.get(), reply.data(), static_cast<int>(reply.size()));
    reply.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return reply;
  }

 private:
  struct bio_closer {
    void operator()(BIO* bio) const { BIO_free_all(bio); }
  };

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<BIO, bio_closer> connection_;
  bool shaken_ = false;
  long verdict_ = 0;
};

long verdict_on(server_identity identity) {
  private_server server(server_options().tls(identity));
  return tls_client(server.certificates(), server.tls_port()).verdict();
}

}  // namespace

TEST_CASE("a valid server is trusted and answers over TLS", "[testing]") {
  private_server server(server_options().tls());
  tls_client client(server.certificates(), server.tls_port());
  CHECK(client.shaken());
  CHECK(client.verdict() == X509_V_OK);
  CHECK(client.ask("PING\r\n") == "+PONG\r\n");
  CHECK(server.tls_url() == "rediss://127.0.0.1:" + std::to_string(server.tls_port()));
}

TEST_CASE("each flaw of a server certificate is found as what it is", "[testing]") {
  CHECK(verdict_on(server_identity::expired) == X509_V_ERR_CERT_HAS_EXPIRED);
  CHECK(verdict_on(server_identity::wrong_host) == X509_V_ERR_IP_ADDRESS_MISMATCH);
  CHECK(verdict_on(server_identity::self_signed) == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
}

TEST_CASE("a server that demands a client certificate accepts the one made for it", "[testing]") {
  private_server server(server_options().tls().require_client_certificate());
  CHECK(tls_client(server.certificates(), server.tls_port(), true).ask("PING\r\n") == "+PONG\r\n");
  CHECK(tls_client(server.certificates(), server.tls_port()).ask("PING\r\n").empty());
}

TEST_CASE("private keys are readable for their owner only", "[testing]") {
  private_server server(server_options().tls());
  for (const auto& key : {server.certificates().server_key(), server.certificates().client_key()}) {
    const auto rights = std::filesystem::status(key).permissions();
    CHECK((rights & std::filesystem::perms(077)) == std::filesystem::perms::none);
  }
}

TEST_CASE("TLS passes through a fault proxy", "[testing]") {
  private_server server(server_options().tls());
  fault_proxy proxy("127.0.0.1:" + std::to_string(server.tls_port()));
  proxy.requests().slice(1);
  proxy.replies().slice(3);
  tls_client client(server.certificates(), proxy.port());
  CHECK(client.ask("PING\r\n") == "+PONG\r\n");
}

TEST_CASE("TLS survives a restart with the same certificates", "[testing]") {
  private_server server(server_options().tls());
  server.restart();
  CHECK(tls_client(server.certificates(), server.tls_port()).ask("PING\r\n") == "+PONG\r\n");
}
