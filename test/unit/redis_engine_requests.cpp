// Which reply belongs to which request, whatever their senders do meanwhile.

#include "support/engine_stage.hpp"

namespace {

using namespace stage;
using sluice::errc;
using sluice::risk;

TEST_CASE("replies go to the requests in the order of sending") {
  play scene;
  scene.connect();
  witness a, b, c;
  scene.ask("A", a);
  scene.ask("B", b);
  scene.ask("C", c);
  CHECK(scene.say() == "ABC");
  scene.hear("+a\r\n+b\r\n-ERR c\r\n");
  CHECK(a.reply() == "a");
  CHECK(b.reply() == "b");
  CHECK(c.reply() == "error: ERR c");
  CHECK(scene.counted.replies == 3);
  CHECK(scene.machine.in_flight() == 0);
  CHECK(scene.machine.in_flight_bytes() == 0);
}

TEST_CASE("replies may come in any pieces") {
  play scene;
  scene.connect();
  witness a, b;
  scene.ask("A", a);
  scene.ask("B", b);
  scene.say();
  for (const char byte : "$5\r\nhello\r\n*2\r\n:1\r\n:2\r\n"sv) scene.hear({&byte, 1});
  CHECK(a.reply() == "hello");
  CHECK(b.replies.size() == 1);
}

TEST_CASE("a request of several commands takes as many replies") {
  play scene;
  scene.connect();
  witness unit, next;
  scene.ask("MULTI INCR EXEC", unit, risk::once, 3);
  scene.ask("NEXT", next);
  scene.say();
  scene.hear("+OK\r\n+QUEUED\r\n");
  CHECK(scene.machine.in_flight() == 2);
  scene.hear("*1\r\n:1\r\n+next\r\n");
  CHECK(unit.replies.size() == 3);
  CHECK(next.reply() == "next");
}

TEST_CASE("a request that is given up before it was sent is not sent") {
  play scene;
  scene.connect();
  witness a, b, c;
  scene.ask("A", a);
  const auto second = scene.ask("B", b);
  scene.ask("C", c);
  scene.machine.abandon(second);
  CHECK(scene.say() == "AC");
  scene.hear("+a\r\n+c\r\n");
  CHECK(a.reply() == "a");
  CHECK(b.untouched());
  CHECK(c.reply() == "c");
}

TEST_CASE("a request that is given up after it was sent keeps its place until its reply has come") {
  play scene;
  scene.connect();
  witness a, b, c;
  scene.ask("A", a);
  const auto second = scene.ask("B", b);
  scene.ask("C", c);
  scene.say();
  scene.machine.abandon(second);
  scene.hear("+a\r\n");
  CHECK(scene.machine.in_flight() == 2);
  scene.hear("+b\r\n+c\r\n");
  CHECK(b.untouched());
  CHECK(c.reply() == "c");
}

TEST_CASE("a request that is given up half written is written to its end") {
  play scene;
  scene.connect();
  witness a, b, c;
  scene.ask("AAAA", a);
  const auto second = scene.ask("BBBB", b);
  scene.ask("CCCC", c);
  CHECK(scene.say(6) == "AAAABB");
  scene.machine.abandon(second);
  CHECK(scene.say() == "BBCCCC");
  scene.hear("+a\r\n+b\r\n+c\r\n");
  CHECK(b.untouched());
  CHECK(c.reply() == "c");
}

TEST_CASE("giving up twice, or after the reply, does no harm") {
  play scene;
  scene.connect();
  witness a, b;
  const auto first = scene.ask("A", a);
  const auto second = scene.ask("B", b);
  scene.say();
  scene.hear("+a\r\n");
  scene.machine.abandon(first);
  scene.machine.abandon(second);
  scene.machine.abandon(second);
  scene.machine.abandon(99);
  scene.hear("+b\r\n");
  CHECK(a.reply() == "a");
  CHECK(b.untouched());
  CHECK(scene.machine.ready());
}

TEST_CASE("a reply that nobody asked for closes the link") {
  play scene;
  scene.connect();
  scene.hear("+surprise\r\n");
  CHECK_FALSE(scene.machine.ready());
  CHECK(scene.machine.take_wish() == play::wish::disconnect);
  CHECK(scene.machine.last_error()->which() == errc::protocol_error);
}

TEST_CASE("a reply that comes before its request was written to the end closes the link") {
  play scene;
  scene.connect();
  witness a;
  scene.ask("AAAA", a, risk::repeatable);
  scene.say(3);
  scene.hear("+too early\r\n");
  CHECK_FALSE(scene.machine.ready());
  CHECK(a.untouched());
}

TEST_CASE("malformed bytes close the link and fail what was sent") {
  play scene;
  scene.connect();
  witness done, sent, unsent;
  scene.ask("A", done);
  scene.ask("B", sent);
  scene.say();
  scene.ask("C", unsent);
  scene.hear("+a\r\n$-7\r\n");
  CHECK(done.reply() == "a");
  CHECK(sent.failure() == errc::outcome_unknown);
  CHECK(unsent.untouched());
  CHECK(scene.machine.last_error()->which() == errc::protocol_error);
}

TEST_CASE("a reply above a limit closes the link before its bytes are there") {
  auto options = play::quiet();
  sluice::resp::limits limits;
  limits.max_bulk = 1'000;
  play scene(options.limits(limits));
  scene.connect();
  witness a;
  scene.ask("A", a, risk::repeatable);
  scene.say();
  scene.hear("$1001\r\n");
  CHECK(scene.machine.last_error()->which() == errc::reply_too_large);
}

TEST_CASE("what was answered above a limit fails with that, and is not sent again") {
  auto options = play::quiet();
  sluice::resp::limits limits;
  limits.max_bulk = 1'000;
  play scene(options.limits(limits));
  scene.connect();
  witness large, behind;
  scene.ask("A", large, risk::repeatable);
  scene.ask("B", behind, risk::repeatable);
  scene.say();
  scene.hear("$1001\r\n");
  CHECK(large.failure() == errc::reply_too_large);
  CHECK(behind.untouched());
}

TEST_CASE("a push above a limit is no answer: what was asked for is asked again") {
  auto options = play::quiet();
  sluice::resp::limits limits;
  limits.max_bulk = 1'000;
  play scene(options.limits(limits));
  scene.connect();
  witness asked;
  scene.ask("A", asked, risk::repeatable);
  scene.say();
  scene.hear(">2\r\n$1001\r\n");
  CHECK(asked.untouched());
}

TEST_CASE("nothing behind the point of failure is handed out") {
  play scene;
  scene.connect();
  witness a, b;
  scene.ask("A", a, risk::repeatable);
  scene.ask("B", b, risk::repeatable);
  scene.say();
  scene.hear("?what\r\n+a\r\n+b\r\n");
  CHECK(a.untouched());
  CHECK(b.untouched());
}

TEST_CASE("a push takes no request's place") {
  play scene;
  scene.connect();
  witness a, b;
  scene.ask("A", a);
  scene.ask("B", b);
  scene.say();
  scene.hear("+a\r\n>2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n+b\r\n");
  CHECK(b.reply() == "b");
  CHECK(scene.news.back() == "push invalidate");
  CHECK(scene.counted.pushes == 1);
}

TEST_CASE("a confirmation answers the request that asked for it, an error does too") {
  play scene;
  scene.connect();
  witness before, granted, refused, after;
  const auto confirmed = [&](std::string_view frame, witness& who) {
    scene.machine.submit({.frames = frame,
                          .replies = 1,
                          .when_cut = risk::once,
                          .deadline = sluice::clock::time_point::max(),
                          .answered_by = sluice::answer_kind::confirmation},
                         who, scene.now);
  };
  scene.ask("A", before);
  confirmed("SUBSCRIBE a", granted);
  confirmed("SUBSCRIBE b", refused);
  scene.ask("Z", after);
  scene.say();
  constexpr auto message = ">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n"sv;
  scene.hear(message);
  scene.hear("+a\r\n");
  scene.hear(message);
  CHECK(granted.untouched());
  scene.hear(">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n");
  CHECK(granted.replies.size() == 1);
  scene.hear("-NOPERM no\r\n+z\r\n");
  CHECK(refused.reply() == "error: NOPERM no");
  CHECK(after.reply() == "z");
  CHECK(scene.news == std::vector{"ready"s, "push message"s, "push message"s});
}

TEST_CASE("a confirmation that nobody waits for is a push like any other") {
  play scene;
  scene.connect();
  witness a;
  scene.ask("A", a);
  scene.say();
  scene.hear(">3\r\n$12\r\nsunsubscribe\r\n$1\r\na\r\n:0\r\n+a\r\n");
  scene.hear(">3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:0\r\n");
  CHECK(a.reply() == "a");
  CHECK(scene.machine.ready());
}

TEST_CASE("a reply that is kept keeps its bytes while more is received") {
  play scene;
  scene.connect();
  witness holder, others;
  holder.keep = true;
  scene.ask("A", holder);
  scene.say();
  scene.hear("$5\r\nfirst\r\n");
  const auto* const block = holder.kept.front().get();
  for (int i = 0; i < 100; ++i) {
    scene.ask("B", others);
    scene.say();
    scene.hear("$3000\r\n" + std::string(3'000, 'x') + "\r\n");
  }
  CHECK(others.replies.size() == 100);
  CHECK(std::string_view(const_cast<sluice::receive_buffer*>(block)->data(), 100).find("first") !=
        std::string_view::npos);
}

TEST_CASE("a reply larger than a block arrives whole") {
  play scene;
  scene.connect();
  witness a;
  scene.ask("A", a);
  scene.say();
  const std::string large(1'000'000, 'y');
  scene.hear("$1000000\r\n" + large + "\r\n");
  CHECK(a.reply() == large);
}

TEST_CASE("the room for requests is bounded in number and in bytes") {
  auto options = play::quiet();
  play scene(options.in_flight(3, 10));
  scene.connect();
  witness a;
  CHECK(scene.machine.has_room(1'000'000));
  scene.ask("12345", a);
  CHECK(scene.machine.has_room(5));
  CHECK_FALSE(scene.machine.has_room(6));
  scene.ask("1", a);
  scene.ask("1", a);
  CHECK_FALSE(scene.machine.has_room(1));
  scene.say();
  scene.hear("+\r\n+\r\n+\r\n");
  CHECK(scene.machine.has_room(10));
}

TEST_CASE("a request may be made from inside a reply") {
  play scene;
  scene.connect();
  struct chain final : sluice::reply_sink {
    explicit chain(play& on) : scene(on) {}
    void on_reply(const sluice::resp::value&, const sluice::buffer_ref&) override {
      if (++count < 5) scene.machine.submit({.frames = "N"}, *this, scene.now);
    }
    void on_failure(const sluice::error&) override {}
    play& scene;
    int count = 0;
  } links(scene);
  scene.machine.submit({.frames = "N"}, links, scene.now);
  for (int i = 0; i < 5; ++i) {
    CHECK(scene.say() == "N");
    scene.hear("+n\r\n");
  }
  CHECK(links.count == 5);
  CHECK(scene.say().empty());
}

TEST_CASE("a slow command is told by name") {
  auto options = play::quiet();
  play scene(options.slow_command(100ms));
  scene.connect();
  witness a;
  scene.ask("*1\r\n$4\r\nSLOW\r\n", a);
  scene.say();
  scene.now += 101ms;
  scene.hear("+a\r\n");
  CHECK(scene.news.back() == "slow *1\r\n$4\r\nSLOW\r\n");
  scene.ask("*1\r\n$4\r\nFAST\r\n", a);
  scene.say();
  scene.now += 100ms;
  scene.hear("+a\r\n");
  CHECK(scene.news.back().find("SLOW") != std::string::npos);
}

}  // namespace
