#include <sluice/testing/fault_proxy.hpp>
#include <sluice/testing/private_server.hpp>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "integration/testing_raw_client.hpp"
#include "support/catch.hpp"

namespace {

using namespace std::chrono_literals;
using sluice::testing::cut;
using sluice::testing::fault_proxy;
using sluice::testing::private_server;
using sluice::testing::server_options;
using ending = raw_client::ending;
using std::chrono::steady_clock;

constexpr std::string_view ping = "*1\r\n$4\r\nPING\r\n";
constexpr std::string_view pong = "+PONG\r\n";
constexpr std::string_view incr = "*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n";

/// A server, a proxy before it, and a client that has already been answered once.
struct scene {
  private_server server;
  fault_proxy proxy{server};
  raw_client client{proxy.port()};

  scene() { REQUIRE(answers(client)); }

  static bool answers(raw_client& client) {
    return client.send(ping) && client.receive(pong.size()) == pong;
  }

  bool usable() {
    raw_client fresh(proxy.port());
    return fresh.connect_error() == 0 && answers(fresh);
  }

  template <class Condition>
  static bool soon(Condition condition) {
    const auto limit = steady_clock::now() + 3s;
    while (!condition()) {
      if (steady_clock::now() > limit) return false;
      std::this_thread::sleep_for(1ms);
    }
    return true;
  }
};

}  // namespace

TEST_CASE("a proxy without faults passes TCP and Unix connections on", "[testing]") {
  scene s;
  raw_client over_unix(std::filesystem::path(s.proxy.unix_url().substr(7)));
  CHECK(scene::answers(over_unix));
  CHECK(s.proxy.connections() == 2);
  CHECK(s.proxy.open_connections() == 2);
  CHECK(s.proxy.url() == "redis://127.0.0.1:" + std::to_string(s.proxy.port()));
}

TEST_CASE("the end of a client reaches the server and the end of a server the client",
          "[testing]") {
  scene s;
  raw_client other(s.proxy.port());
  REQUIRE(scene::answers(other));
  other.close();
  CHECK(scene::soon([&] { return s.proxy.open_connections() == 1; }));
  s.server.stop();
  CHECK(s.client.receive_all().empty());
  CHECK(s.client.end != ending::timeout);
  s.server.start();
  CHECK(s.usable());
}

TEST_CASE("commands, replies, pushes and bytes are counted", "[testing]") {
  scene s;
  CHECK(s.proxy.requests().counts().bytes_passed == ping.size());
  s.client.send("*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n");
  s.client.send("*3\r\n$6\r\nCLIENT\r\n$8\r\nTRACKING\r\n$2\r\nON\r\n");
  s.client.send("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n");
  CHECK(s.proxy.replies().wait_for_frames(4, 3s));
  s.server.command({"SET", "k", "v"});
  CHECK(scene::soon([&] { return s.proxy.replies().counts().pushes_received == 1; }));
  CHECK(s.proxy.requests().counts().frames_passed == 4);
  CHECK(s.proxy.replies().counts().frames_passed == 4);
  CHECK_FALSE(s.proxy.replies().wait_for_frames(5, 10ms));
}

TEST_CASE("delay makes replies late", "[testing]") {
  scene s;
  s.proxy.replies().delay(120ms);
  const auto sent = steady_clock::now();
  CHECK(scene::answers(s.client));
  CHECK(steady_clock::now() - sent >= 119ms);
}

TEST_CASE("jitter keeps the order of what was sent", "[testing]") {
  scene s;
  s.proxy.requests().jitter(20ms, 7);
  std::string expected;
  for (int i = 1; i <= 20; ++i) {
    s.client.send(incr);
    expected += ":" + std::to_string(i) + "\r\n";
    std::this_thread::sleep_for(1ms);
  }
  CHECK(s.client.receive(expected.size()) == expected);
}

TEST_CASE("throttle bounds the bytes a second", "[testing]") {
  scene s;
  s.server.command({"SET", "big", std::string(20'000, 'x')});
  s.proxy.replies().throttle(100'000);
  const auto sent = steady_clock::now();
  s.client.send("*2\r\n$3\r\nGET\r\n$3\r\nbig\r\n");
  CHECK(s.client.receive(20'010).size() == 20'010);
  const auto took = steady_clock::now() - sent;
  CHECK(took >= 150ms);
  CHECK(took < 2s);
}

TEST_CASE("slice sends byte by byte", "[testing]") {
  scene s;
  s.proxy.replies().slice(1, 2ms);
  s.client.send(ping);
  std::string got;
  int reads = 0;
  while (got.size() < pong.size() && s.client.end == ending::none) {
    got += s.client.read_some(100);
    ++reads;
  }
  CHECK(got == pong);
  CHECK(reads > 2);
  s.proxy.requests().slice(1);
  CHECK(scene::answers(s.client));
}

TEST_CASE("held replies come with their release, in order", "[testing]") {
  scene s;
  s.proxy.replies().hold();
  s.client.send(incr);
  s.client.send(incr);
  CHECK(s.proxy.replies().wait_for_frames(3, 3s));
  CHECK(s.server.command({"GET", "n"}) == "2");
  CHECK(s.client.receive(1, 30ms).empty());
  s.proxy.replies().release();
  CHECK(s.client.receive(8) == ":1\r\n:2\r\n");
}

TEST_CASE("held requests do not reach the server and fill up as far as the window", "[testing]") {
  scene s;
  s.proxy.requests().window(1000).hold();
  s.client.send(incr);
  const std::string load(200'000, 'x');
  s.client.send("*2\r\n$4\r\nECHO\r\n$200000\r\n");
  s.client.send(load);
  CHECK(scene::soon([&] { return s.proxy.requests().counts().bytes_received >= 1000; }));
  std::this_thread::sleep_for(20ms);
  CHECK(s.proxy.requests().counts().bytes_received < 200'000);
  CHECK(s.server.command({"GET", "n"}).empty());
  s.client.send("\r\n");
  s.proxy.requests().release();
  const std::string echo = ":1\r\n$200000\r\n" + load + "\r\n";
  CHECK(s.client.receive(echo.size()) == echo);
}

TEST_CASE("even the end of the server is held", "[testing]") {
  scene s;
  s.proxy.replies().hold();
  s.server.kill();
  CHECK(s.client.receive(1, 50ms).empty());
  CHECK(s.client.end == ending::timeout);
  s.proxy.replies().release();
  CHECK(s.client.receive(1).empty());
  CHECK(s.client.end != ending::timeout);
}

TEST_CASE("dropped requests are never executed and dropped replies never seen", "[testing]") {
  scene s;
  s.proxy.requests().drop();
  s.client.send(incr);
  CHECK(s.client.receive(1, 30ms).empty());
  s.proxy.requests().pass();
  s.proxy.replies().drop();
  s.client.send(incr);
  CHECK(s.proxy.replies().wait_for_frames(2, 3s));
  s.proxy.replies().pass();
  s.client.send(incr);
  CHECK(s.client.receive(4) == ":2\r\n");
}

TEST_CASE("pushes can be dropped alone", "[testing]") {
  scene s;
  s.client.send(
      "*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n*3\r\n$6\r\nCLIENT\r\n$8\r\nTRACKING\r\n$2\r\nON\r\n");
  s.client.send("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n");
  CHECK(s.proxy.replies().wait_for_frames(4, 3s));
  s.client.receive(100'000, 20ms);
  s.proxy.replies().drop_pushes();
  s.server.command({"SET", "k", "v"});
  CHECK(scene::soon([&] { return s.proxy.replies().counts().pushes_received == 1; }));
  CHECK(scene::answers(s.client));
}

TEST_CASE("reset is felt as a reset, and a new connection works", "[testing]") {
  scene s;
  s.proxy.reset();
  s.client.receive(1);
  CHECK(s.client.end == ending::reset);
  CHECK(s.proxy.open_connections() == 0);
  CHECK(s.usable());
}

TEST_CASE("close is felt as the end of the stream", "[testing]") {
  scene s;
  s.proxy.close();
  s.client.receive(1);
  CHECK(s.client.end == ending::closed);
  CHECK(s.usable());
}

TEST_CASE("half-closed replies end while requests still arrive", "[testing]") {
  scene s;
  s.proxy.replies().half_close();
  s.client.receive(1);
  CHECK(s.client.end == ending::closed);
  s.client.send(incr);
  CHECK(scene::soon([&] { return s.server.command({"GET", "n"}) == "1"; }));
  s.client.close();
  CHECK(scene::soon([&] { return s.proxy.open_connections() == 0; }));
}

TEST_CASE("half-closed requests end while replies still arrive", "[testing]") {
  scene s;
  s.proxy.requests().half_close();
  s.client.receive(1);
  CHECK(s.client.end == ending::closed);
  CHECK(scene::soon([&] { return s.proxy.open_connections() <= 1; }));
}

TEST_CASE("a reply is cut at every byte", "[testing]") {
  private_server server;
  fault_proxy proxy(server);
  for (std::uint64_t length = 0; length <= pong.size(); ++length) {
    raw_client client(proxy.port());
    proxy.replies().truncate(length, cut::close);
    client.send(ping);
    CHECK(client.receive_all() == pong.substr(0, length));
    CHECK(client.end == ending::closed);
  }
  raw_client client(proxy.port());
  proxy.replies().truncate(0);
  client.send(ping);
  CHECK(client.receive_all().empty());
  CHECK(client.end == ending::reset);
}

TEST_CASE("one byte is corrupted and no other", "[testing]") {
  scene s;
  s.proxy.replies().corrupt(2, 0x20);
  s.client.send(ping);
  CHECK(s.client.receive(pong.size()) == "+PoNG\r\n");
  CHECK(scene::answers(s.client));
}

TEST_CASE("bytes are sent twice", "[testing]") {
  scene s;
  s.proxy.replies().duplicate(1, 4);
  s.client.send(ping);
  CHECK(s.client.receive(pong.size() + 4) == "+PONGPONG\r\n");
  s.proxy.requests().duplicate(0, incr.size());
  s.client.send(incr);
  CHECK(s.client.receive(8) == ":1\r\n:2\r\n");
}

TEST_CASE("an injected frame stands between two others", "[testing]") {
  scene s;
  s.proxy.replies().hold();
  s.client.send(ping);
  CHECK(s.proxy.replies().wait_for_frames(2, 3s));
  s.proxy.replies().inject(">2\r\n$7\r\nmessage\r\n:1\r\n").inject(":7\r\n").release();
  CHECK(s.client.receive(32) == ">2\r\n$7\r\nmessage\r\n:1\r\n:7\r\n+PONG\r\n");
  CHECK(s.proxy.replies().counts().bytes_passed == 2 * pong.size());
}

TEST_CASE("a connection ends after the n-th command, which is executed", "[testing]") {
  for (const cut how : {cut::close, cut::reset}) {
    scene s;
    s.proxy.replies().hold();
    s.proxy.requests().cut_after(2, how);
    s.client.send(std::string(incr) + std::string(incr) + std::string(incr));
    CHECK(s.client.receive_all().empty());
    CHECK(s.client.end == (how == cut::close ? ending::closed : ending::reset));
    CHECK(scene::soon([&] { return s.server.command({"GET", "n"}) == "2"; }));
    s.proxy.heal();
    CHECK(s.usable());
  }
}

TEST_CASE("a connection is closed after the n-th reply", "[testing]") {
  scene s;
  s.proxy.close_after_replies(2);
  s.client.send(std::string(incr) + std::string(incr) + std::string(incr));
  CHECK(s.client.receive_all() == ":1\r\n:2\r\n");
  CHECK(s.client.end == ending::closed);
}

TEST_CASE("a connection is reset after the n-th reply", "[testing]") {
  scene s;
  s.proxy.reset_after_replies(3);
  s.client.send(incr);
  CHECK(s.client.receive(4) == ":1\r\n");
  s.client.send(incr);
  CHECK(s.client.receive(4) == ":2\r\n");
  s.client.send(incr);
  const std::string third = s.client.receive_all();
  CHECK((third.empty() || third == ":3\r\n"));
  CHECK(s.client.end == ending::reset);
}

TEST_CASE("a lost reply is of a command that was executed", "[testing]") {
  scene s;
  s.proxy.lose_reply(2);
  s.client.send(incr);
  CHECK(s.client.receive(4) == ":1\r\n");
  s.client.send(incr);
  CHECK(s.client.receive_all().empty());
  CHECK(s.client.end == ending::reset);
  CHECK(s.server.command({"GET", "n"}) == "2");
  CHECK(s.usable());
}

TEST_CASE("connections are refused and accepted again on the same port", "[testing]") {
  scene s;
  const auto port = s.proxy.port();
  s.proxy.refuse_connections();
  CHECK(raw_client(port).connect_error() == ECONNREFUSED);
  const std::filesystem::path path(s.proxy.unix_url().substr(7));
  CHECK(raw_client(path).connect_error() == ECONNREFUSED);
  CHECK(scene::answers(s.client));
  s.proxy.accept_connections();
  CHECK(s.proxy.port() == port);
  CHECK(s.usable());
  CHECK(raw_client(path).connect_error() == 0);
}

TEST_CASE("a swallowed connection is never answered and never reaches the server", "[testing]") {
  scene s;
  s.proxy.swallow_connections();
  raw_client lost(s.proxy.port());
  CHECK(lost.connect_error() == 0);
  lost.send(incr);
  CHECK(lost.receive(1, 50ms).empty());
  CHECK(lost.end == ending::timeout);
  CHECK(s.server.command({"GET", "n"}).empty());
  s.proxy.accept_connections();
  CHECK(s.usable());
  s.proxy.reset();
  lost.receive(1);
  CHECK(lost.end == ending::reset);
}

TEST_CASE("a stalled connection hangs in its handshake", "[testing]") {
  scene s;
  s.proxy.stall_connections();
  CHECK(raw_client(s.proxy.port()).connect_error() == ETIMEDOUT);
  s.proxy.accept_connections();
  CHECK(s.usable());
}

TEST_CASE("a client without a server behind the proxy is reset", "[testing]") {
  scene s;
  s.server.stop();
  raw_client client(s.proxy.port());
  client.receive(1);
  CHECK(client.end == ending::reset);
}

TEST_CASE("healing takes every fault back", "[testing]") {
  scene s;
  s.proxy.replies().hold().slice(1).throttle(1).delay(0ms).truncate(0).corrupt(0).duplicate(0, 3);
  s.proxy.requests().drop().lose(1);
  s.proxy.stall_connections();
  s.proxy.heal();
  CHECK(scene::answers(s.client));
  CHECK(s.usable());
}

TEST_CASE("nonsense is refused in the call", "[testing]") {
  CHECK_THROWS_AS(fault_proxy("localhost"), std::invalid_argument);
  CHECK_THROWS_AS(fault_proxy("127.0.0.1:70000"), std::invalid_argument);
  fault_proxy proxy("127.0.0.1:1");
  CHECK_THROWS_AS(proxy.reset_after_replies(0), std::invalid_argument);
  CHECK_THROWS_AS(proxy.lose_reply(0), std::invalid_argument);
}

TEST_CASE("a proxy ends with connections open and bytes held", "[testing]") {
  private_server server;
  std::optional<fault_proxy> proxy(std::in_place, server);
  raw_client client(proxy->port());
  proxy->replies().hold();
  client.send(ping);
  REQUIRE(proxy->replies().wait_for_frames(1, 3s));
  const std::filesystem::path folder =
      std::filesystem::path(proxy->unix_url().substr(7)).parent_path();
  CHECK(std::filesystem::exists(folder));
  proxy.reset();
  CHECK(client.receive(1).empty());
  CHECK(client.end == ending::closed);
  CHECK_FALSE(std::filesystem::exists(folder));
}
