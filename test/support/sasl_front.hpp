// A door in front of a broker that knows no passwords: it wants SASL PLAIN of whoever comes in, and
// speaks TLS where it has a certificate.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <sluice/testing/certificates.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

namespace scene {

/// Speaks Kafka's protocol as far as it has to: it answers SaslHandshake and SaslAuthenticate by
/// itself, adds both to the broker's list of requests, refuses everything else before them as
/// brokers do, and puts its own port where the broker names its own. Runs on a thread of its own.
class sasl_front {
 public:
  /// `broker` is "127.0.0.1:port".
  sasl_front(const std::string& broker, std::string user, std::string password,
             const sluice::testing::certificates* tls = nullptr);
  sasl_front(const sasl_front&) = delete;
  sasl_front& operator=(const sasl_front&) = delete;
  ~sasl_front();

  std::string addresses() const;
  /// How many have said who they are, rightly or not. From any thread.
  int asked_in() const noexcept { return asked_in_; }

 private:
  struct visit;

  boost::asio::awaitable<void> welcome();
  boost::asio::awaitable<void> go_in(std::shared_ptr<visit> who);
  boost::asio::awaitable<void> come_out(std::shared_ptr<visit> who);
  boost::asio::awaitable<bool> pass(std::shared_ptr<visit> who, std::string request);
  std::string authenticate(visit& who, const std::string& request);

  std::string plain_;  // what a client has to say
  bool speaks_tls_;
  std::atomic<int> asked_in_ = 0;
  boost::asio::ssl::context tls_{boost::asio::ssl::context::tls_server};
  boost::asio::io_context io_;
  boost::asio::ip::tcp::endpoint broker_;
  boost::asio::ip::tcp::acceptor door_;
  std::thread runs_;
};

}  // namespace scene
