// Mailboxes in both layouts: positions, starts, limits, waiting, trimming, committing.
#include "support/mailbox_world.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <map>

namespace {

using namespace scene;
using sluice::errc;
using sluice::waiting;

// One that accepts replies of a megabyte.
sluice::client small_client(mailbox_world& world) {
  sluice::resp::limits limits;
  limits.max_bulk = 100'000;
  limits.max_reply = 1'000'000;
  return {world.io.get_executor(), world.stream_world::options(world.server.url()).limits(limits)};
}

TEST_CASE("what is written to a channel reaches every subscriber once, with its writer and time") {
  mailbox_world world(any_layout());
  world.play([&]() -> asio::awaitable<void> {
    auto writer = world.box("writer");
    auto one = world.box("one");
    auto two = world.box("two");
    const texts channels{"c0", "c1"};
    const boost::json::value two_nulls = boost::json::array(2);
    co_await one.subscribe(channels);
    co_await two.subscribe(channels);
    const auto first = co_await writer.write("c0", "hello");
    const auto second = co_await writer.write("c0", "\"Zoë\"\n");
    co_await writer.write_json("c1", two_nulls);
    CHECK(first == 1);
    CHECK(second == 2);
    for (auto* const each : {&one, &two}) {
      const auto came = co_await each->read();
      CHECK(texts_of(came, "c0") == texts{"hello", "\"Zoë\"\n"});
      CHECK(texts_of(came, "c1") == texts{"[null,null]"});
      const auto& message = came.at("c0").at(0);
      CHECK(message.id() == 1);
      CHECK(message.source() == "writer");
      CHECK(message.readable());
      const auto age = std::chrono::system_clock::now() - message.time();
      CHECK(age > -1s);
      CHECK(age < 1min);
      const auto more = co_await each->read();
      CHECK(more.empty());
    }
  });
}

TEST_CASE("a client finds its subscriptions and positions again under its id") {
  mailbox_world world(any_layout());
  world.play([&]() -> asio::awaitable<void> {
    auto writer = world.box("writer");
    const texts channels{"b", "a"};
    {
      auto before = world.box("me");
      co_await before.subscribe(channels);
      co_await world.write(writer, "a", 2);
      const auto came = co_await before.read();
      CHECK(texts_of(came, "a") == numbered(2));
    }
    co_await world.write(writer, "a", 2, 2);
    auto after = world.box("me");
    co_await after.subscribe(channels);
    const auto names = co_await after.subscriptions();
    CHECK(names == texts{"a", "b"});
    const auto came = co_await after.read();
    CHECK(texts_of(came, "a") == numbered(2, 2));
  });
}

TEST_CASE("earliest is the oldest stored message, latest what is written from now on") {
  mailbox_world world(any_layout());
  world.play([&]() -> asio::awaitable<void> {
    auto writer = world.box("writer");
    auto ahead = world.box("ahead");
    co_await world.write(writer, "c", 3);
    const texts channels{"c"};
    // Rivulet's own would give the first of these nothing, and all others everything.
    co_await ahead.subscribe(channels, mailbox_start::earliest);
    co_await ahead.read();
    auto earliest = world.box("earliest");
    auto current = world.box("current");
    auto latest = world.box("latest");
    co_await earliest.subscribe(channels, mailbox_start::earliest);
    co_await current.subscribe(channels, mailbox_start::current);
    co_await latest.subscribe(channels, mailbox_start::latest);
    co_await world.write(writer, "c", 1, 3);
    const auto all = co_await earliest.read();
    const auto new_to_current = co_await current.read();
    const auto new_to_latest = co_await latest.read();
    CHECK(texts_of(all, "c") == numbered(4));
    CHECK(texts_of(new_to_current, "c") == numbered(1, 3));
    CHECK(texts_of(new_to_latest, "c") == numbered(1, 3));
  });
}

TEST_CASE("who subscribes again stays where it is, or moves where it says") {
  mailbox_world world(any_layout());
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me");
    const texts channels{"c"};
    co_await me.subscribe(channels);
    co_await world.write(me, "c", 3);
    co_await me.subscribe(channels, mailbox_start::current);
    const auto kept = co_await me.read();
    CHECK(texts_of(kept, "c") == numbered(3));
    co_await me.subscribe(channels, mailbox_start::earliest);
    const auto again = co_await me.read();
    CHECK(texts_of(again, "c") == numbered(3));
    co_await me.subscribe(channels, mailbox_start::earliest);
    co_await me.subscribe(channels, mailbox_start::latest);
    const auto nothing = co_await me.read();
    CHECK(nothing.empty());
  });
}

TEST_CASE("the limit is a number of messages of each channel, whatever gaps there are") {
  mailbox_world world(any_layout());
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me");
    const texts channels{"a", "b"};
    co_await me.subscribe(channels);
    co_await world.write(me, "a", 5);
    co_await world.write(me, "b", 2);
    const auto first = co_await me.read(waiting::none(), 3);
    CHECK(texts_of(first, "a") == numbered(3));
    CHECK(texts_of(first, "b") == numbered(2));
    world.server.command({"SET", world.key("ids:channel#a"), "5000"});
    co_await world.write(me, "a", 2, 5);
    const auto second = co_await me.read(waiting::none(), 3);
    CHECK(texts_of(second, "a") == numbered(3, 3));
    CHECK(second.at("a").back().id() == 5'001);
    const auto third = co_await me.read(waiting::none(), 3);
    CHECK(texts_of(third, "a") == numbered(1, 6));
  });
}

TEST_CASE("a read waits until something is written, and not for longer than it is told") {
  mailbox_world world(any_layout());
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me");
    auto writer = world.box("writer");
    const texts channels{"c"};
    co_await me.subscribe(channels);
    const auto begun = std::chrono::steady_clock::now();
    const auto nothing = co_await me.read(50ms);
    CHECK(nothing.empty());
    CHECK(std::chrono::steady_clock::now() - begun >= 50ms);
    for (const auto how_long : {waiting(20s), waiting::for_ever(), waiting(-1ms)}) {
      world.beside([&]() -> asio::awaitable<void> {
        co_await pause(30ms);
        co_await writer.write("c", "now");
      });
      const auto came = co_await me.read(how_long);
      CHECK(texts_of(came, "c") == texts{"now"});
    }
    CHECK(std::chrono::steady_clock::now() - begun < 4s);
  });
}

TEST_CASE("who waits sends nothing, and is woken by a subscription as well") {
  mailbox_world world(any_layout());
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me");
    auto elsewhere = world.box("me");
    auto writer = world.box("writer");
    co_await world.write(writer, "c", 1);
    bool done = false;
    world.beside([&]() -> asio::awaitable<void> {
      const auto came = co_await me.read(waiting::for_ever());
      CHECK(texts_of(came, "c") == numbered(1));
      done = true;
    });
    co_await pause(100ms);
    const auto before = world.calls("zrange");
    co_await pause(300ms);
    CHECK(world.calls("zrange") == before);
    CHECK_FALSE(done);
    const texts channels{"c"};
    co_await elsewhere.subscribe(channels, mailbox_start::earliest);
    co_await until([&] { return done; });
  });
}

TEST_CASE("a read that is cancelled loses nothing") {
  mailbox_world world(any_layout());
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me");
    auto writer = world.box("writer");
    const texts channels{"c"};
    co_await me.subscribe(channels);
    texts all;
    for (int round = 0; round < 40; ++round) {
      asio::cancellation_signal stop;
      bool done = false;
      asio::co_spawn(
          world.io,
          [&]() -> asio::awaitable<void> {
            auto reading = me.read(waiting::for_ever());
            const auto came = co_await sluice::as_result(std::move(reading));
            if (came) {
              for (const auto& each : texts_of(*came, "c")) all.push_back(each);
            }
            done = true;
          },
          asio::bind_cancellation_slot(stop.slot(), sluice::rethrow));
      co_await world.write(writer, "c", 1, round);
      for (int turn = 0; turn < round % 5; ++turn) co_await world.redis.ping();
      stop.emit(asio::cancellation_type::terminal);
      co_await until([&] { return done; });
    }
    const auto rest = co_await me.read();
    for (const auto& each : texts_of(rest, "c")) all.push_back(each);
    const auto last = co_await me.read();
    for (const auto& each : texts_of(last, "c")) all.push_back(each);
    CHECK(all == numbered(40));
  });
}

TEST_CASE("what a cancelled read had found is found by the next one at once") {
  mailbox_world world(any_layout());
  const auto other = world.connect(world.server.url());
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me");
    mailbox writer(other, "writer", world.options());
    const texts channels{"c"};
    co_await me.subscribe(channels);
    for (int round = 0; round < 20; ++round) {
      const auto nothing = co_await me.read();
      CHECK(nothing.empty());
      co_await writer.write("c", std::to_string(round));
      asio::cancellation_signal stop;
      bool done = false;
      // Their answers come together, and the first one cancels whoever waits for the second.
      world.beside([&]() -> asio::awaitable<void> {
        co_await world.redis.ping();
        stop.emit(asio::cancellation_type::terminal);
      });
      asio::co_spawn(
          world.io,
          [&]() -> asio::awaitable<void> {
            auto reading = me.read(waiting::for_ever());
            const auto came = co_await sluice::as_result(std::move(reading));
            CHECK(came.has_error());
            done = true;
          },
          asio::bind_cancellation_slot(stop.slot(), sluice::rethrow));
      co_await until([&] { return done; });
      const auto came = co_await me.read();
      CHECK(texts_of(came, "c") == numbered(1, round));
    }
  });
}

TEST_CASE("messages that together are more than an answer holds come in several, on one link") {
  mailbox_world world(any_layout());
  const auto link = small_client(world);
  world.play([&]() -> asio::awaitable<void> {
    mailbox me(link, "me", world.options());
    auto writer = world.box("writer");
    const texts channels{"a", "b", "c", "d"};
    co_await me.subscribe(channels);
    const std::string text(60'000, 'x');
    for (int i = 0; i < 80; ++i) {
      co_await writer.write(channels[static_cast<std::size_t>(i % 4)], text);
    }
    std::map<std::string, int> found;
    for (int i = 0; i < 80; ++i) {
      const auto came = co_await me.read();
      if (came.empty()) break;
      for (const auto& [channel, messages] : came) {
        found[channel] += static_cast<int>(messages.size());
      }
    }
    CHECK(found == std::map<std::string, int>{{"a", 20}, {"b", 20}, {"c", 20}, {"d", 20}});
    CHECK(world.events.count<sluice::events::disconnected>() == 0);
  });
}

TEST_CASE("a message that its readers could not accept is refused") {
  mailbox_world world(any_layout());
  const auto link = small_client(world);
  world.play([&]() -> asio::awaitable<void> {
    mailbox me(link, "me", world.options());
    const texts channels{"c"};
    co_await me.subscribe(channels);
    auto writing = me.write("c", std::string(99'990, 'x'));
    const auto why = co_await failure_of(std::move(writing));
    CHECK(why.code() == sluice::errc::invalid_argument);
    co_await me.write("c", std::string(99'800, 'x'));
    const auto came = co_await me.read();
    CHECK(texts_of(came, "c").size() == 1);
  });
}

TEST_CASE("who waits is told at once that its client was closed") {
  mailbox_world world(any_layout());
  auto link = world.connect(world.server.url());
  world.play([&]() -> asio::awaitable<void> {
    mailbox me(link, "me", world.options());
    const texts channels{"c"};
    co_await me.subscribe(channels);
    bool done = false;
    world.beside([&]() -> asio::awaitable<void> {
      auto reading = me.read(waiting::for_ever());
      const auto why = co_await failure_of(std::move(reading));
      CHECK(why.code() == sluice::errc::closed);
      done = true;
    });
    co_await pause(50ms);
    co_await link.close();
    co_await until([&] { return done; }, 1s);
  });
}

TEST_CASE("committed by hand, messages count as read when that is said") {
  mailbox_world world(any_layout());
  const auto by_hand = mailbox_options().commit_by_hand();
  world.play([&]() -> asio::awaitable<void> {
    auto writer = world.box("writer");
    const texts channels{"c"};
    {
      auto first = world.box("me", by_hand);
      co_await first.subscribe(channels);
      co_await world.write(writer, "c", 3);
      const auto one = co_await first.read(waiting::none(), 1);
      CHECK(texts_of(one, "c") == numbered(1));
      co_await first.commit();
      const auto next = co_await first.read(waiting::none(), 1);
      CHECK(texts_of(next, "c") == numbered(1, 1));
      const auto after = co_await first.read(waiting::none(), 1);
      CHECK(texts_of(after, "c") == numbered(1, 2));
    }
    auto second = world.box("me", by_hand);
    const auto again = co_await second.read();
    CHECK(texts_of(again, "c") == numbered(2, 1));
    co_await second.commit();
    co_await second.commit();
    auto third = world.box("me", by_hand);
    const auto nothing = co_await third.read();
    CHECK(nothing.empty());
  });
}

TEST_CASE("what all have read goes but for the buffer, as the slowest subscriber reads on") {
  mailbox_world world(any_layout());
  const auto small = mailbox_options().buffer(10);
  world.play([&]() -> asio::awaitable<void> {
    auto quick = world.box("quick", small);
    auto slow = world.box("slow", small);
    const texts channels{"c"};
    co_await quick.subscribe(channels);
    co_await slow.subscribe(channels);
    co_await world.write(quick, "c", 60);
    co_await quick.read();
    CHECK(world.stored("c") == 60);
    co_await slow.read(waiting::none(), 30);
    CHECK(world.stored("c") == 40);
    co_await slow.read();
    CHECK(world.stored("c") == 10);
  });
}

TEST_CASE("a channel has bounds of length and age, and those that are behind go on with the rest") {
  mailbox_world world(any_layout());
  world.play([&]() -> asio::awaitable<void> {
    auto bounded = world.box("writer", mailbox_options().max_length(5));
    auto me = world.box("me");
    const texts channels{"c"};
    co_await me.subscribe(channels);
    co_await world.write(bounded, "c", 20);
    CHECK(world.stored("c") == 5);
    const auto position = world.server.command({"ZSCORE", world.key("indexes:client#me"), "c"});
    CHECK(position == "15");
    const auto came = co_await me.read();
    CHECK(texts_of(came, "c") == numbered(5, 15));
    co_await pause(30ms);
    auto fresh = world.box("writer", mailbox_options().max_age(20ms));
    co_await fresh.write("c", "new");
    CHECK(world.stored("c") == 1);
  });
}

TEST_CASE("an age without an end cuts nothing") {
  mailbox_world world(any_layout());
  const auto for_ever = mailbox_options().max_age(std::chrono::milliseconds::max());
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me", for_ever);
    const texts channels{"c"};
    co_await me.subscribe(channels);
    co_await world.write(me, "c", 3);
    CHECK(world.stored("c") == 3);
    const auto gone =
        co_await world.channels().remove_stale_subscribers("c", std::chrono::milliseconds::max());
    CHECK(gone.empty());
    const auto old = mailbox_prune::older_than(std::chrono::milliseconds::max());
    const auto pruned = co_await world.channels().prune("c", old);
    CHECK(pruned == 0);
  });
}

TEST_CASE("the last one to leave takes the channel along, others only themselves") {
  mailbox_world world(any_layout());
  world.play([&]() -> asio::awaitable<void> {
    auto one = world.box("one", mailbox_options().buffer(0));
    auto two = world.box("two", mailbox_options().buffer(0));
    const texts channels{"c"};
    co_await one.subscribe(channels);
    co_await two.subscribe(channels);
    co_await world.write(one, "c", 4);
    co_await one.read(waiting::none(), 3);
    co_await two.unsubscribe(channels);
    CHECK(world.stored("c") == 1);
    const texts both{"c", "other"};
    co_await one.unsubscribe(both);
    co_await one.unsubscribe(channels);
    for (const auto* kind : {"messages:channel#c", "ids:channel#c", "clients:channel#c",
                             "indexes:client#one", "indexes:client#two"}) {
      CHECK(world.server.command({"EXISTS", world.key(kind)}) == "0");
    }
  });
}

TEST_CASE("two processes of one id share its messages") {
  mailbox_world world(any_layout());
  world.play([&]() -> asio::awaitable<void> {
    auto one = world.box("me");
    auto two = mailbox(world.connect(world.server.url()), "me", world.options());
    const texts channels{"c"};
    co_await one.subscribe(channels);
    constexpr int count = 300;
    texts all;
    int readers = 2;
    for (auto* const each : {&one, &two}) {
      world.beside([&, each]() -> asio::awaitable<void> {
        while (all.size() < count) {
          const auto came = co_await each->read(50ms, 7);
          for (const auto& text : texts_of(came, "c")) all.push_back(text);
        }
        --readers;
      });
    }
    auto writer = world.box("writer");
    co_await world.write(writer, "c", count);
    co_await until([&] { return readers == 0; });
    std::sort(all.begin(), all.end(),
              [](const auto& a, const auto& b) { return std::stoi(a) < std::stoi(b); });
    CHECK(all == numbered(count));
  });
}

TEST_CASE("a mailbox refuses at once what makes no sense") {
  mailbox_world world(any_layout());
  auto me = world.box("me");
  CHECK(code_of([&] { world.box(""); }) == errc::invalid_argument);
  CHECK(code_of([&] { world.box("me", mailbox_options().lock_patience(0ms)); }) ==
        errc::invalid_argument);
  CHECK(code_of([&] { (void)me.subscribe({}); }) == errc::invalid_argument);
  CHECK(code_of([&] { (void)me.unsubscribe({"a", ""}); }) == errc::invalid_argument);
  CHECK(code_of([&] { (void)me.write("", "text"); }) == errc::invalid_argument);
  CHECK(code_of([&] { (void)me.write("c", "\xff"); }) == errc::invalid_argument);
  CHECK(code_of([&] { (void)me.read(1s, 0); }) == errc::invalid_argument);
  world.play([&]() -> asio::awaitable<void> {
    world.beside([&]() -> asio::awaitable<void> { co_await me.read(150ms); });
    co_await pause(20ms);
    const auto why = co_await failure_of(me.read(300ms));
    CHECK(why.code() == errc::invalid_argument);
    co_await pause(250ms);
  });
}

}  // namespace
