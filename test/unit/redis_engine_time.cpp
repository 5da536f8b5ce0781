// Deadlines, and the signs of life of an idle link.

#include "support/engine_stage.hpp"

namespace {

using namespace stage;
using sluice::errc;
using sluice::risk;

sluice::connection_options watchful() { return play::quiet().health_check(5s).health_timeout(3s); }

std::string nonce_of(const std::string& ping) {
  return ping.substr(ping.rfind('$', ping.size() - 3));
}

TEST_CASE("a request that waits for a link times out and says why there is none") {
  play scene;
  witness a;
  scene.ask_within("A", a, 1s);
  CHECK(scene.machine.take_wish() == play::wish::connect);
  scene.cut(errc::connection_refused);
  scene.pass(999ms);
  CHECK(a.untouched());
  scene.pass(1ms);
  CHECK(a.failure() == errc::timeout);
  CHECK(a.failures[0].why().message().find("was not sent") != std::string::npos);
  CHECK(a.failures[0].why().message().find("cut by the test") != std::string::npos);
  CHECK(scene.counted.timeouts == 1);
}

TEST_CASE("a request that was sent on a link that broke does not claim not to have been sent") {
  play scene;
  scene.connect();
  witness a;
  scene.ask_within("A", a, 1s, risk::repeatable);
  scene.say();
  scene.cut(errc::connection_lost);
  scene.pass(1s);
  CHECK(a.failure() == errc::timeout);
  CHECK(a.failures[0].why().message().find("it may have been executed") != std::string::npos);
}

TEST_CASE("a request that timed out before it was sent is not sent") {
  play scene;
  witness a, b;
  scene.ask_within("A", a, 1s);
  scene.ask("B", b);
  scene.machine.take_wish();
  scene.pass(1s);
  scene.machine.link_up(scene.now);
  scene.greet();
  CHECK(scene.say() == "B");
}

TEST_CASE("a request that timed out after it was sent keeps its place") {
  play scene;
  scene.connect();
  witness a, b;
  scene.ask_within("A", a, 1s);
  scene.ask("B", b);
  scene.say();
  scene.pass(1s);
  CHECK(a.failure() == errc::timeout);
  CHECK(a.failures[0].why().message().find("it was sent") != std::string::npos);
  scene.hear("+late\r\n+b\r\n");
  CHECK(a.replies.empty());
  CHECK(b.reply() == "b");
}

TEST_CASE("a deadline in the middle of a reply is no half reply") {
  play scene;
  scene.connect();
  witness a, b;
  scene.ask_within("A", a, 1s);
  scene.ask("B", b);
  scene.say();
  scene.hear("$10\r\nhalf");
  scene.pass(1s);
  CHECK(a.failure() == errc::timeout);
  scene.hear("-fully\r\n+b\r\n");
  CHECK(b.reply() == "b");
}

TEST_CASE("deadlines pass one by one, whatever the order of asking") {
  play scene;
  scene.connect();
  witness late, early, none;
  scene.ask_within("A", late, 3s);
  scene.ask_within("B", early, 1s);
  scene.ask("C", none);
  CHECK(scene.pass_to_alarm() == 1s);
  CHECK(early.failure() == errc::timeout);
  CHECK(late.untouched());
  CHECK(scene.pass_to_alarm() == 2s);
  CHECK(late.failure() == errc::timeout);
  CHECK(none.untouched());
  CHECK(scene.machine.next_alarm() == sluice::clock::time_point::max());
}

TEST_CASE("an idle link is asked for a sign of life") {
  play scene(watchful());
  scene.connect();
  CHECK(scene.pass_to_alarm() == 5s);
  const auto ping = scene.say();
  CHECK(ping.starts_with("*2\r\n$4\r\nPING\r\n"));
  scene.hear(nonce_of(ping));
  CHECK(scene.machine.ready());
  CHECK(scene.counted.health_checks == 1);
  CHECK(scene.pass_to_alarm() == 5s);
  CHECK(scene.counted.health_checks == 2);
}

TEST_CASE("any byte is a sign of life") {
  play scene(watchful());
  scene.connect();
  witness a;
  scene.ask("A", a);
  scene.say();
  scene.hear("$100\r\n");
  for (int i = 0; i < 10; ++i) {
    scene.pass(4s);
    scene.hear("x");
  }
  CHECK(scene.counted.health_checks == 0);
  scene.pass(5s);
  CHECK(scene.counted.health_checks == 1);
  scene.hear("x");
  scene.pass(4s);
  CHECK(scene.machine.ready());
}

TEST_CASE("a link without a sign of life is given up") {
  play scene(watchful());
  scene.connect();
  witness sent;
  scene.ask("A", sent);
  scene.say();
  CHECK(scene.pass_to_alarm() == 5s);
  scene.say();
  CHECK(scene.pass_to_alarm() == 3s);
  CHECK_FALSE(scene.machine.ready());
  CHECK(scene.machine.last_error()->which() == errc::connection_lost);
  CHECK(sent.failure() == errc::outcome_unknown);
}

TEST_CASE("a sign of life with another's bytes means out of step") {
  play scene(watchful());
  scene.connect();
  scene.pass(5s);
  scene.say();
  scene.hear("$4\r\nPONG\r\n");
  CHECK_FALSE(scene.machine.ready());
  CHECK(scene.machine.last_error()->which() == errc::protocol_error);
}

TEST_CASE("a server in trouble is alive") {
  const auto* const trouble =
      GENERATE("-MISCONF no disk\r\n", "-BUSY a script\r\n", "-LOADING data\r\n", "-NOAUTH\r\n");
  play scene(watchful());
  scene.connect();
  scene.pass(5s);
  scene.say();
  scene.hear(trouble);
  CHECK(scene.machine.ready());
}

TEST_CASE("a late sign of life is not taken for the answer to a later question") {
  play scene(watchful());
  scene.connect();
  scene.pass(5s);
  const auto first = nonce_of(scene.say());
  // A push shows that the link lives while the answer is still on its way.
  scene.hear(">2\r\n$10\r\ninvalidate\r\n_\r\n");
  scene.pass(5s);
  CHECK(scene.say().empty());
  scene.pass(2s);
  scene.hear(first);
  CHECK(scene.machine.ready());
  scene.pass(5s);
  const auto second = nonce_of(scene.say());
  CHECK(second != first);
  scene.hear(second);
  CHECK(scene.machine.ready());
}

TEST_CASE("an answer that stays out ends the link although other bytes came") {
  play scene(watchful());
  scene.connect();
  scene.pass(5s);
  scene.say();
  scene.hear(">2\r\n$10\r\ninvalidate\r\n_\r\n");
  scene.pass(5s);
  CHECK(scene.machine.ready());
  scene.pass(3s);
  CHECK_FALSE(scene.machine.ready());
}

TEST_CASE("without health checks an idle link has no alarm") {
  play scene;
  scene.connect();
  CHECK(scene.machine.next_alarm() == sluice::clock::time_point::max());
}

TEST_CASE("an attempt to connect has a deadline") {
  auto options = play::quiet();
  play scene(options.connect_timeout(2s));
  scene.machine.want_link(scene.now);
  scene.machine.take_wish();
  SECTION("before the link is up") {
    CHECK(scene.pass_to_alarm() == 2s);
    CHECK(scene.machine.last_error()->why().message().find("handshake") == std::string::npos);
  }
  SECTION("and the handshake is part of it") {
    scene.now += 1s;
    scene.machine.link_up(scene.now);
    scene.say();
    CHECK(scene.pass_to_alarm() == 1s);
    CHECK(scene.machine.last_error()->why().message().find("handshake") != std::string::npos);
  }
  CHECK(scene.machine.last_error()->which() == errc::connect_timeout);
  CHECK(scene.machine.take_wish() == play::wish::disconnect);
}

}  // namespace
