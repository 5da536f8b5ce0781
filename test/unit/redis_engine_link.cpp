// What a broken link means for each request, when to try again, and how everything ends.

#include "support/engine_stage.hpp"

namespace {

using namespace stage;
using sluice::errc;
using sluice::risk;
using phase = sluice::engine::phase;

TEST_CASE("nothing happens before somebody asks") {
  play scene;
  CHECK(scene.machine.state() == phase::idle);
  CHECK(scene.machine.take_wish() == play::wish::none);
  CHECK(scene.machine.next_alarm() == sluice::clock::time_point::max());
  witness a;
  scene.ask("A", a);
  CHECK(scene.machine.take_wish() == play::wish::connect);
  CHECK(scene.say().empty());
}

TEST_CASE("the handshake comes before everything that was asked for meanwhile") {
  play scene;
  witness a;
  scene.ask("A", a);
  scene.machine.take_wish();
  scene.machine.link_up(scene.now);
  CHECK(scene.say(10) == "*2\r\n$5\r\nHE");
  witness b;
  scene.ask("B", b);
  scene.greet();
  CHECK(scene.say() == "AB");
}

TEST_CASE("a broken link decides by what was sent and by what repeating risks") {
  play scene;
  scene.connect();
  witness answered, repeatable, once, half, unsent;
  scene.ask("1", answered);
  scene.ask("2", repeatable, risk::repeatable);
  scene.ask("3", once, risk::once);
  scene.ask("4444", half, risk::once);
  scene.say(5);
  scene.ask("5", unsent, risk::once);
  scene.hear("+1\r\n");
  scene.cut();
  CHECK(answered.reply() == "1");
  CHECK(once.failure() == errc::outcome_unknown);
  // A command that was cut in the middle cannot have been executed, but may have been sent whole:
  // what the kernel took of it nobody knows.
  CHECK(half.failure() == errc::outcome_unknown);
  CHECK(repeatable.untouched());
  CHECK(unsent.untouched());
  scene.connect();
  CHECK(scene.say() == "25");
  scene.hear("+2\r\n+5\r\n");
  CHECK(repeatable.reply() == "2");
  CHECK(unsent.reply() == "5");
  CHECK(scene.counted.resent == 1);
  CHECK(scene.counted.outcomes_unknown == 2);
}

TEST_CASE("a request that is bound to its link ends with it, and is not sent on another one") {
  play scene;
  scene.connect();
  witness answered, sent, unsent, other;
  scene.ask("1", answered, risk::bound);
  scene.ask("2", sent, risk::bound);
  scene.say();
  scene.ask("3", unsent, risk::bound);
  scene.ask("4", other);
  scene.hear("+1\r\n");
  scene.cut();
  CHECK(answered.reply() == "1");
  CHECK(sent.failure() == errc::connection_lost);
  CHECK(unsent.failure() == errc::connection_lost);
  scene.connect();
  CHECK(scene.say() == "4");
  CHECK(scene.counted.resent == 0);
  CHECK(scene.counted.outcomes_unknown == 0);
}

TEST_CASE("a unit that was answered in part is repeated whole, and its replies come again") {
  play scene;
  scene.connect();
  witness unit, next;
  scene.ask("AB", unit, risk::repeatable, 2);
  scene.ask("C", next, risk::repeatable);
  scene.say();
  scene.hear("+a\r\n");
  scene.cut();
  CHECK(unit.failures.empty());
  CHECK(unit.repeated == 1);
  scene.connect();
  CHECK(scene.say() == "ABC");
  scene.hear("+a2\r\n+b2\r\n+c\r\n");
  CHECK(unit.replies == std::vector{"a"s, "a2"s, "b2"s});
  CHECK(next.reply() == "c");
}

TEST_CASE("a unit that was answered in part and may not be repeated has an unknown outcome") {
  play scene;
  scene.connect();
  witness unit;
  scene.ask("AB", unit, risk::once, 2);
  scene.say();
  scene.hear("+a\r\n");
  scene.cut();
  CHECK(unit.failure() == errc::outcome_unknown);
}

TEST_CASE("what prepares links goes out before all requests of a link, repeated ones too") {
  play scene;
  scene.machine.prepare_links("P", scene.now);
  CHECK(scene.machine.state() == phase::idle);
  scene.connect("+P\r\n");
  witness a;
  scene.ask("A", a, risk::repeatable);
  CHECK(scene.say() == "A");
  scene.cut();
  scene.connect("-NOPERM no right to prepare\r\n");
  CHECK(scene.say() == "A");
}

TEST_CASE("what prepares links goes out at once where the link is up") {
  play scene;
  scene.connect();
  witness before, after;
  scene.ask("A", before);
  scene.machine.prepare_links("P", scene.now);
  scene.machine.prepare_links("P", scene.now);
  scene.ask("B", after);
  CHECK(scene.say() == "APB");
  scene.hear("+a\r\n-NOPERM no right\r\n+b\r\n");
  CHECK(before.reply() == "a");
  CHECK(after.reply() == "b");
}

TEST_CASE("what nobody waits for any more is not repeated") {
  play scene;
  scene.connect();
  witness a, b;
  const auto first = scene.ask("A", a, risk::repeatable);
  const auto second = scene.ask("B", b, risk::repeatable);
  scene.say(1);
  scene.machine.abandon(first);
  scene.machine.abandon(second);
  scene.cut();
  CHECK(scene.machine.in_flight() == 0);
  scene.connect();
  CHECK(scene.say().empty());
}

TEST_CASE("half a reply of a broken link does not mix with the next link") {
  play scene;
  scene.connect();
  witness a;
  scene.ask("A", a, risk::repeatable);
  scene.say();
  scene.hear("$10\r\nhal");
  scene.cut();
  scene.connect();
  scene.say();
  scene.hear("+a\r\n");
  CHECK(a.reply() == "a");
}

TEST_CASE("a health check does not outlive its link") {
  auto options = play::quiet();
  play scene(options.health_check(5s));
  scene.connect();
  scene.pass(5s);
  scene.say();
  scene.cut();
  CHECK(scene.machine.in_flight() == 0);
  scene.connect();
  CHECK(scene.say().empty());
  scene.pass(5s);
  CHECK(scene.say().starts_with("*2\r\n$4\r\nPING\r\n"));
}

TEST_CASE("pauses grow to the longest and stay random") {
  auto options = play::quiet();
  play scene(options.backoff(10ms, 100ms));
  scene.machine.want_link(scene.now);
  for (int i = 0; i < 200; ++i) {
    CHECK(scene.machine.take_wish() == play::wish::connect);
    scene.cut(errc::connection_refused);
    CHECK(scene.machine.take_wish() == play::wish::disconnect);
    scene.pass_to_alarm();
  }
  CHECK(scene.pauses[0] <= 10ms);
  CHECK(scene.pauses[1] <= 20ms);
  CHECK(scene.pauses[2] <= 40ms);
  CHECK(std::ranges::max(scene.pauses) <= 100ms);
  CHECK(std::ranges::max(scene.pauses) > 80ms);
  CHECK(std::ranges::min(scene.pauses) < 20ms);
}

TEST_CASE("only a link that lived makes the pauses start over") {
  auto options = play::quiet();
  play scene(options.backoff(10ms, 10s));
  for (int i = 0; i < 12; ++i) {
    scene.connect();
    scene.cut();
    scene.machine.take_wish();
  }
  CHECK(std::ranges::max(scene.pauses) > 1s);
  scene.connect();
  scene.now += 11s;
  scene.cut();
  CHECK(scene.pauses.back() <= 10ms);
}

TEST_CASE("a failure that passes keeps the requests, a refusal fails them at once") {
  play scene;
  witness patient;
  scene.ask("A", patient);
  scene.machine.take_wish();
  scene.cut(errc::connection_refused);
  CHECK(patient.untouched());
  scene.pass_to_alarm();
  scene.machine.take_wish();
  scene.cut(errc::wrong_password);
  CHECK(patient.failure() == errc::wrong_password);
}

TEST_CASE("after five refusals in a row it waits to be asked") {
  auto options = play::quiet();
  play scene(options.backoff(1ms, 10s));
  const auto refuse = [&] {
    CHECK(scene.machine.take_wish() == play::wish::connect);
    scene.cut(errc::wrong_password);
    CHECK(scene.machine.take_wish() == play::wish::disconnect);
  };
  scene.machine.want_link(scene.now);
  SECTION("in a row") {
    for (int i = 0; i < 4; ++i) {
      refuse();
      CHECK(scene.machine.state() == phase::pausing);
      scene.pass_to_alarm();
    }
    refuse();
    CHECK(scene.machine.state() == phase::faulted);
    CHECK(scene.machine.next_alarm() == sluice::clock::time_point::max());
    witness a, b;
    scene.ask("A", a);
    CHECK(a.failure() == errc::wrong_password);
    CHECK(scene.machine.take_wish() == play::wish::none);
    scene.now += 10s;
    scene.ask("B", b);
    CHECK(scene.machine.take_wish() == play::wish::connect);
    scene.machine.link_up(scene.now);
    scene.greet();
    CHECK(scene.say() == "B");
  }
  SECTION("another failure between them begins a new row") {
    for (int i = 0; i < 20; ++i) {
      CHECK(scene.machine.take_wish() == play::wish::connect);
      scene.cut(i % 4 == 3 ? errc::connection_refused : errc::wrong_password);
      scene.machine.take_wish();
      CHECK(scene.machine.state() == phase::pausing);
      scene.pass_to_alarm();
    }
  }
}

TEST_CASE("a handshake that fails never leaves a link that is ready") {
  play scene;
  witness a;
  scene.ask("A", a);
  scene.machine.take_wish();
  scene.machine.link_up(scene.now);
  scene.say();
  SECTION("refused") {
    scene.hear("-WRONGPASS invalid username-password pair or user is disabled.\r\n+OK\r\n+OK\r\n");
    CHECK(a.failure() == errc::wrong_password);
  }
  SECTION("not Redis") {
    scene.hear("HTTP/1.1 400 Bad Request\r\n\r\n");
    CHECK(a.failure() == errc::not_redis);
  }
  SECTION("cut") {
    scene.hear(play::hello);
    scene.cut();
    CHECK(a.untouched());
  }
  CHECK_FALSE(scene.machine.ready());
  CHECK(scene.machine.take_wish() == play::wish::disconnect);
  CHECK(scene.say().empty());
  CHECK(scene.counted.failed_attempts == 1);
}

TEST_CASE("what is given up while there is no link does not fill the queue") {
  auto options = play::quiet();
  play scene(options.in_flight(1'000, 1'000'000));
  witness patient, hasty;
  scene.ask("P", patient);
  for (int i = 0; i < 10'000; ++i) scene.machine.abandon(scene.ask("H", hasty));
  CHECK(scene.machine.in_flight() < 200);
  CHECK(scene.machine.has_room(1));
  scene.connect();
  CHECK(scene.say() == "P");
}

TEST_CASE("close waits for what was asked for") {
  play scene;
  scene.connect();
  witness a, b;
  scene.ask("A", a);
  scene.machine.close(scene.now + 5s);
  scene.ask("B", b);
  CHECK(b.failure() == errc::closed);
  CHECK(scene.machine.take_wish() == play::wish::none);
  CHECK(scene.say() == "A");
  scene.hear("+a\r\n");
  CHECK(a.reply() == "a");
  CHECK(scene.machine.take_wish() == play::wish::disconnect);
  CHECK(scene.machine.state() == phase::closed);
}

TEST_CASE("close ends at its deadline") {
  play scene;
  scene.connect();
  witness a;
  scene.ask("A", a);
  scene.say();
  scene.machine.close(scene.now + 5s);
  CHECK(scene.pass_to_alarm() == 5s);
  CHECK(a.failure() == errc::closed);
  CHECK(scene.machine.state() == phase::closed);
  CHECK(scene.machine.next_alarm() == sluice::clock::time_point::max());
}

TEST_CASE("close without anything to wait for ends at once") {
  play scene;
  SECTION("never connected") {}
  SECTION("idle link") { scene.connect(); }
  scene.machine.close(scene.now + 5s);
  CHECK(scene.machine.state() == phase::closed);
}

TEST_CASE("stop fails everything, now and later") {
  play scene;
  const bool connected = GENERATE(false, true);
  if (connected) scene.connect();
  witness a, late;
  scene.ask("A", a, risk::repeatable);
  scene.say();
  scene.machine.stop();
  CHECK(a.failure() == errc::closed);
  CHECK(scene.machine.take_wish() == play::wish::disconnect);
  scene.ask("L", late);
  CHECK(late.failure() == errc::closed);
  scene.machine.want_link(scene.now);
  scene.cut();
  scene.machine.stop();
  CHECK(scene.machine.take_wish() == play::wish::none);
}

}  // namespace
