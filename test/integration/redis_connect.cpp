// Every way to a server, and every way in which it ends before it.

#include "support/catch.hpp"
#include "support/scene.hpp"

#include "redis/dialer.hpp"

#include <sluice/core/result.hpp>
#include <sluice/redis/client.hpp>
#include <sluice/testing/fault_proxy.hpp>
#include <sluice/testing/private_server.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

namespace {

using namespace scene;
using sluice::as_result;
using sluice::client;
using sluice::condition;
using sluice::connection_options;
using sluice::errc;
using sluice::error;
using sluice::result;
using sluice::tls_options;
using sluice::testing::fault_proxy;
using sluice::testing::private_server;
using sluice::testing::server_identity;
using sluice::testing::server_options;
using tcp = asio::ip::tcp;

/// What `connect()` comes to.
error outcome(const connection_options& options, std::chrono::milliseconds limit = 20s) {
  asio::io_context io;
  client redis(io.get_executor(), options);
  error ended;
  play(
      io,
      [&]() -> asio::awaitable<void> {
        const result<void> link = co_await as_result(redis.connect());
        if (!link) ended = link.error();
      },
      limit);
  return ended;
}

tls_options trusting(const private_server& server) {
  return tls_options().ca_file(server.certificates().authority());
}

TEST_CASE("a server is reached by TCP, by a Unix socket and by TLS") {
  private_server server(server_options().tcp().tls());
  CHECK(outcome(connection_options(server.url())).code() == boost::system::error_code());
  CHECK(outcome(connection_options(server.tcp_url())).code() == boost::system::error_code());
  connection_options by_name;
  by_name.tcp("localhost", server.port());
  CHECK(outcome(by_name).code() == boost::system::error_code());
  connection_options secure;
  secure.tls("localhost", server.tls_port(), trusting(server));
  CHECK(outcome(secure).code() == boost::system::error_code());
  secure.tls("127.0.0.1", server.tls_port(), trusting(server));
  CHECK(outcome(secure).code() == boost::system::error_code());
  const connection_options by_url(server.tls_url() +
                                  "?ca_file=" + server.certificates().authority().string());
  CHECK(outcome(by_url).code() == boost::system::error_code());
}

TEST_CASE("commands and large replies pass through TLS") {
  private_server server(server_options().tls());
  asio::io_context io;
  connection_options options;
  options.tls("localhost", server.tls_port(), trusting(server));
  client redis(io.get_executor(), options);
  play(io, [&]() -> asio::awaitable<void> {
    const std::string large(3'000'000, 'x');
    co_await redis.exec("SET", "large", large);
    int done = 0;
    for (int i = 0; i < 32; ++i) {
      beside(io, [&, i]() -> asio::awaitable<void> {
        const auto word = std::to_string(i);
        const sluice::reply echo = co_await redis.exec("ECHO", word);
        CHECK(echo.as<std::string>() == word);
        ++done;
      });
    }
    const sluice::reply got = co_await redis.exec("GET", "large");
    CHECK(got.as<std::string_view>() == large);
    while (done < 32) co_await pause(1ms);
  });
}

TEST_CASE("a certificate that proves nothing ends the attempt before a byte of Redis is sent") {
  const auto flaw =
      GENERATE(server_identity::expired, server_identity::wrong_host, server_identity::self_signed);
  private_server server(server_options().tls(flaw).password("secret"));
  connection_options options;
  options.tls("localhost", server.tls_port(), trusting(server)).credentials("", "secret");
  const auto why = outcome(options);
  CHECK(why.code() == errc::tls_failed);
  CHECK(why.code() == condition::fatal);
  CHECK(std::string(why.what()).find("secret") == std::string::npos);

  options.tls("localhost", server.tls_port(), trusting(server).verify(false));
  CHECK(outcome(options).code() == boost::system::error_code());
}

TEST_CASE("a certificate is checked for the name that the options give") {
  private_server server(server_options().tls(server_identity::wrong_host));
  connection_options options;
  options.tls("localhost", server.tls_port(), trusting(server).server_name("elsewhere.invalid"));
  CHECK(outcome(options).code() == boost::system::error_code());
}

TEST_CASE("a server that wants the client's certificate gets it") {
  private_server server(server_options().tls().require_client_certificate());
  connection_options options;
  options.tls("localhost", server.tls_port(), trusting(server));
  CHECK(outcome(options).code() != boost::system::error_code());
  options.tls("localhost", server.tls_port(),
              trusting(server)
                  .certificate_file(server.certificates().client_certificate())
                  .key_file(server.certificates().client_key()));
  CHECK(outcome(options).code() == boost::system::error_code());
}

TEST_CASE("a certificate file that is not there is a TLS failure") {
  connection_options options;
  options.tls("localhost", 1, tls_options().ca_file("/no/such/file.pem"));
  CHECK(outcome(options).code() == errc::tls_failed);
}

TEST_CASE("TLS towards a plain server fails closed, and so does plain text towards TLS") {
  private_server server(server_options().tcp().tls());
  connection_options secure;
  secure.tls("localhost", server.port(), trusting(server)).connect_timeout(1s);
  const auto tls_to_plain = outcome(secure);
  CHECK(tls_to_plain.code() != boost::system::error_code());
  connection_options plain;
  plain.tcp("localhost", server.tls_port()).connect_timeout(1s);
  CHECK(outcome(plain).code() != boost::system::error_code());
}

TEST_CASE("a TLS handshake that stalls ends by the connect timeout") {
  private_server server(server_options().tls());
  fault_proxy proxy("127.0.0.1:" + std::to_string(server.tls_port()));
  proxy.replies().hold();
  connection_options options;
  options.tls("localhost", proxy.port(), trusting(server)).connect_timeout(200ms);
  CHECK(outcome(options).code() == errc::connect_timeout);
}

TEST_CASE("a TLS link that ends without a goodbye is lost like any other and comes back") {
  private_server server(server_options().tls());
  fault_proxy proxy("127.0.0.1:" + std::to_string(server.tls_port()));
  asio::io_context io;
  connection_options options;
  options.tls("localhost", proxy.port(), trusting(server)).backoff(1ms, 5ms);
  client redis(io.get_executor(), options);
  play(io, [&]() -> asio::awaitable<void> {
    for (int round = 0; round < 5; ++round) {
      co_await redis.connect();
      round % 2 == 0 ? proxy.reset() : proxy.close();
      while (redis.connected()) co_await pause(1ms);
      const sluice::reply pong = co_await redis.exec("PING");
      CHECK(pong.as<std::string>() == "PONG");
    }
  });
  CHECK(redis.counters().links_lost == 5);
}

TEST_CASE("each refusal of credentials is told apart, and none shows the secret") {
  private_server server(server_options().password("right"));
  connection_options options(server.url());
  options.credentials("", "hush-hush");
  const auto wrong = outcome(options);
  CHECK(wrong.code() == errc::wrong_password);
  options.credentials("nobody", "hush-hush");
  const auto unknown_user = outcome(options);
  CHECK(unknown_user.code() == errc::wrong_password);
  options.credentials("", "");
  const auto none = outcome(options);
  CHECK(none.code() == errc::auth_required);
  for (const auto* each : {&wrong, &unknown_user, &none}) {
    CHECK(each->code() == condition::fatal);
    CHECK(std::string(each->what()).find("hush") == std::string::npos);
  }
}

TEST_CASE("an ACL user with few rights connects and gets what its rights allow") {
  private_server server(
      server_options().acl_line("few on >few ~orders:* +hello +ping +xadd +xlen"));
  asio::io_context io;
  connection_options options(server.url());
  options.credentials("few", "few");
  client redis(io.get_executor(), options);
  play(io, [&]() -> asio::awaitable<void> {
    co_await redis.exec("XADD", "orders:1", "*", "a", "b");
    const result<sluice::reply> key =
        co_await as_result(redis.exec("XADD", "other", "*", "a", "b"));
    CHECK(key.error().code() == errc::not_permitted);
    const result<sluice::reply> verb = co_await as_result(redis.exec("GET", "orders:1"));
    CHECK(verb.error().code() == errc::not_permitted);
    CHECK(redis.server().doorbell() == sluice::doorbell_state::absent);
  });
}

TEST_CASE("a replica is refused") {
  private_server server;
  server.command({"REPLICAOF", "127.0.0.1", "1"});
  const auto why = outcome(connection_options(server.url()));
  CHECK(why.code() == errc::read_only);
  CHECK(why.code() == condition::retryable);
}

TEST_CASE("nobody who listens is told as such") {
  CHECK(outcome(connection_options("unix:///tmp/no-such-socket")).code() ==
        errc::connection_refused);
  CHECK(outcome(connection_options("unix:///tmp/" + std::string(200, 'x'))).code() !=
        boost::system::error_code());
  asio::io_context io;
  tcp::acceptor unused(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const auto port = unused.local_endpoint().port();
  unused.close();
  connection_options options;
  options.tcp("127.0.0.1", port);
  CHECK(outcome(options).code() == errc::connection_refused);
}

TEST_CASE("a name that does not resolve is told as such") {
  connection_options options;
  options.tcp("no-such-host.invalid", 6379).connect_timeout(15s);
  const auto why = outcome(options);
  CHECK((why.code() == errc::name_not_found || why.code() == errc::connect_timeout));
}

TEST_CASE("a full server is told with its own words") {
  private_server server(server_options().config("maxclients", "1"));
  asio::io_context io;
  client first(io.get_executor(), server.url());
  play(io, [&]() -> asio::awaitable<void> {
    const result<void> one = co_await as_result(first.connect());
    const auto why = outcome(connection_options(server.url()));
    CHECK(why.code() != boost::system::error_code());
    if (!why.why().server_text().empty()) {
      CHECK(why.why().server_text().find("max number of clients") != std::string::npos);
    }
  });
}

/// Accepts connections, says one thing and waits.
class other_server {
 public:
  explicit other_server(std::string_view says)
      : acceptor_(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)), says_(says) {
    accept();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~other_server() {
    io_.stop();
    thread_.join();
  }
  connection_options options() const {
    connection_options made;
    made.tcp("127.0.0.1", acceptor_.local_endpoint().port()).connect_timeout(300ms);
    return made;
  }

 private:
  void accept() {
    acceptor_.async_accept([this](const boost::system::error_code& failure, tcp::socket peer) {
      if (failure) return;
      sockets_.push_back(std::move(peer));
      boost::system::error_code ignored;
      asio::write(sockets_.back(), asio::buffer(says_), ignored);
      accept();
    });
  }

  asio::io_context io_;
  tcp::acceptor acceptor_;
  std::string says_;
  std::vector<tcp::socket> sockets_;
  std::thread thread_;
};

TEST_CASE("a peer that is no Redis server is found out") {
  const auto* const says = GENERATE("HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n",
                                    "220 smtp\r\n", "+OK\r\n", ":1\r\n", "*1\r\n+x\r\n");
  const other_server peer(says);
  CHECK(outcome(peer.options()).code() == errc::not_redis);
}

TEST_CASE("a peer that says nothing ends by the connect timeout") {
  const other_server peer("");
  const auto start = std::chrono::steady_clock::now();
  CHECK(outcome(peer.options()).code() == errc::connect_timeout);
  const auto took = std::chrono::steady_clock::now() - start;
  CHECK(took >= 299ms);
  CHECK(took < 3s);
}

TEST_CASE("a dead address leaves time for the next one") {
  private_server server(server_options().tcp());
  fault_proxy dead(server);
  const auto loopback = asio::ip::address_v4::loopback();
  const sluice::dialer::endpoint alive(tcp::endpoint(loopback, server.port()));
  sluice::dialer::endpoint first(tcp::endpoint(loopback, dead.port()));
  SECTION("one that refuses") { dead.refuse_connections(); }
  SECTION("one that hangs") { dead.stall_connections(); }
  asio::io_context io;
  connection_options options;
  options.connect_timeout(600ms);
  sluice::stream_socket socket(io);
  const auto time = sluice::system_clock();
  const auto dial = std::make_shared<sluice::dialer>(socket, options, *time);
  std::optional<boost::system::error_code> ended;
  dial->dial(
      {first, alive}, [&](const boost::system::error_code& result) { ended = result; },
      asio::error::host_not_found);
  io.run_for(5s);
  REQUIRE(ended);
  CHECK_FALSE(*ended);
  CHECK(socket.is_open());
}

TEST_CASE("a server that appears later is found, and what was asked for is done") {
  private_server server;
  server.stop();
  asio::io_context io;
  std::vector<std::chrono::milliseconds> pauses;
  connection_options options(server.url());
  options.backoff(5ms, 40ms).on_event([&](const sluice::event& what) {
    if (const auto* retry = std::get_if<sluice::events::retrying>(&what)) {
      pauses.push_back(retry->pause);
    }
  });
  client redis(io.get_executor(), options);
  play(io, [&]() -> asio::awaitable<void> {
    const result<void> first = co_await as_result(redis.connect());
    CHECK(first.error().code() == errc::connection_refused);
    int done = 0;
    for (int i = 0; i < 10; ++i) {
      beside(io, [&]() -> asio::awaitable<void> {
        co_await redis.exec("INCR", "count");
        ++done;
      });
    }
    co_await pause(200ms);
    CHECK(done == 0);
    server.start();
    while (done < 10) co_await pause(1ms);
  });
  CHECK(server.command({"GET", "count"}) == "10");
  CHECK(pauses.size() >= 3);
  CHECK(std::ranges::max(pauses) <= 40ms);
}

}  // namespace
