// Looking after channels: who subscribes, what is stored, and removing both.
#include "support/mailbox_world.hpp"

namespace {

using namespace scene;
using sluice::errc;
using sluice::waiting;

texts ids_of(const std::vector<sluice::mailbox_subscriber>& of) {
  texts found;
  for (const auto& each : of) found.push_back(each.id());
  return found;
}

TEST_CASE(
    "channels are listed, whatever else is on the server, and are gone when they are removed") {
  mailbox_world world(any_layout());
  world.server.command({"SET", "other:channel#x", "1"});
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me");
    const texts names{"empty", "with*star", "written"};
    const texts two{"empty", "with*star"};
    co_await me.subscribe(two);
    co_await me.write("written", "text");
    const auto channels = world.channels();
    const auto all = co_await channels.list();
    CHECK(all == names);
    const bool removed = co_await channels.remove("with*star");
    const bool again = co_await channels.remove("with*star");
    CHECK(removed);
    CHECK_FALSE(again);
    const auto left = co_await channels.list();
    CHECK(left == texts{"empty", "written"});
    const auto subscribed = co_await me.subscriptions();
    CHECK(subscribed == texts{"empty"});
  });
}

TEST_CASE("subscribers are counted and listed, the slowest first, with what they have not read") {
  mailbox_world world(any_layout());
  world.play([&]() -> asio::awaitable<void> {
    auto quick = world.box("quick");
    auto slow = world.box("slow");
    const texts channels{"c"};
    co_await quick.subscribe(channels);
    co_await slow.subscribe(channels);
    co_await world.write(quick, "c", 10);
    co_await slow.read(waiting::none(), 3);
    co_await quick.read();
    const auto look = world.channels();
    const auto count = co_await look.count_subscribers("c");
    CHECK(count == 2);
    const auto all = co_await look.subscribers("c");
    REQUIRE(ids_of(all) == texts{"slow", "quick"});
    CHECK(all[0].position() == 3);
    CHECK(all[0].unread() == 7);
    REQUIRE(all[0].waiting_since());
    CHECK(std::chrono::system_clock::now() - *all[0].waiting_since() < 1min);
    CHECK(all[1].position() == 10);
    CHECK(all[1].unread() == 0);
    CHECK_FALSE(all[1].waiting_since());
    const auto nobody = co_await look.subscribers("nothing");
    CHECK(nobody.empty());
  });
}

TEST_CASE("a subscriber is moved to a message, to the oldest, or behind the newest") {
  mailbox_world world(any_layout());
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me");
    const texts channels{"c"};
    co_await me.subscribe(channels);
    co_await world.write(me, "c", 5);
    const auto look = world.channels();
    const bool moved = co_await look.move_subscriber("c", "me", 3);
    CHECK(moved);
    const auto two = co_await me.read();
    CHECK(texts_of(two, "c") == numbered(2, 3));
    co_await look.move_subscriber("c", "me", mailbox_start::earliest);
    const auto all = co_await me.read();
    CHECK(texts_of(all, "c") == numbered(5));
    co_await look.move_subscriber("c", "me", 0);
    co_await look.move_subscriber("c", "me", mailbox_start::latest);
    const auto none = co_await me.read();
    CHECK(none.empty());
    const bool stranger = co_await look.move_subscriber("c", "stranger", 3);
    CHECK_FALSE(stranger);
    const auto count = co_await look.count_subscribers("c");
    CHECK(count == 1);
  });
}

TEST_CASE("subscribers are removed, those that have been away for long together") {
  mailbox_world world(any_layout());
  world.play([&]() -> asio::awaitable<void> {
    const texts channels{"c"};
    for (const auto* name : {"gone", "lost", "here"}) {
      auto each = world.box(name);
      co_await each.subscribe(channels);
    }
    auto here = world.box("here");
    co_await world.write(here, "c", 3);
    co_await here.read();
    const auto look = world.channels();
    const auto too_soon = co_await look.remove_stale_subscribers("c", 1h);
    CHECK(too_soon.empty());
    const bool removed = co_await look.remove_subscriber("c", "lost");
    const bool again = co_await look.remove_subscriber("c", "lost");
    CHECK(removed);
    CHECK_FALSE(again);
    co_await pause(20ms);
    const auto stale = co_await look.remove_stale_subscribers("c", 10ms);
    CHECK(stale == texts{"gone"});
    const auto left = co_await look.subscribers("c");
    CHECK(ids_of(left) == texts{"here"});
  });
  CHECK(code_of([&] { (void)world.channels().remove_stale_subscribers("c", 0ms); }) ==
        errc::invalid_argument);
}

TEST_CASE("who removes a subscriber leaves the others the messages that they keep") {
  mailbox_world world(any_layout());
  world.play([&]() -> asio::awaitable<void> {
    const auto long_memory = mailbox_options().buffer(10'000);
    auto me = world.box("me", long_memory);
    auto slow = world.box("slow", long_memory);
    const texts channels{"c"};
    co_await me.subscribe(channels);
    co_await slow.subscribe(channels);
    for (int i = 0; i < 50; ++i) co_await world.write(me, "c", 100, 100 * i);
    while (true) {
      const auto some = co_await me.read();
      if (some.empty()) break;
    }
    co_await world.channels().remove_subscriber("c", "slow");
    CHECK(world.stored("c") == 5'000);
  });
}

TEST_CASE("what somebody else adds to a channel stops neither writers nor readers") {
  mailbox_world world(mailbox_layout::native());
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me");
    const texts channels{"c"};
    co_await me.subscribe(channels);
    co_await world.write(me, "c", 2);
    world.server.command({"XADD", world.key("messages:channel#c"), "1000-7", "what", "is this"});
    const auto id = co_await me.write("c", "2");
    CHECK(id == 1'001);
    const auto next = co_await me.write("c", "3");
    CHECK(next == 1'002);
    const auto came = co_await me.read();
    CHECK(texts_of(came, "c") == texts{"0", "1", "", "2", "3"});
    CHECK_FALSE(came.at("c")[2].readable());
  });
}

TEST_CASE("messages are counted and looked at without moving anybody") {
  mailbox_world world(any_layout());
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me");
    const texts channels{"c"};
    co_await me.subscribe(channels);
    co_await world.write(me, "c", 5);
    const auto look = world.channels();
    const auto count = co_await look.count_messages("c");
    CHECK(count == 5);
    const auto some = co_await look.messages("c", 2, 1);
    REQUIRE(some.size() == 2);
    CHECK(some[0].text() == "1");
    CHECK(some[1].id() == 3);
    const auto all = co_await me.read();
    CHECK(texts_of(all, "c") == numbered(5));
  });
  CHECK(code_of([&] { (void)world.channels().messages("c", 0); }) == errc::invalid_argument);
}

TEST_CASE("messages are pruned: what all have read, all but the last, what is old") {
  mailbox_world world(any_layout());
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me");
    auto slow = world.box("slow");
    const texts channels{"c"};
    const auto look = world.channels();
    co_await world.write(me, "c", 3);
    const auto unread = co_await look.prune("c", mailbox_prune::read_by_all());
    CHECK(unread == 0);
    co_await me.subscribe(channels, mailbox_start::earliest);
    co_await slow.subscribe(channels, mailbox_start::earliest);
    co_await world.write(me, "c", 300, 3);
    co_await me.read();
    co_await slow.read(waiting::none(), 3);
    const auto read = co_await look.prune("c", mailbox_prune::read_by_all());
    CHECK(read == 3);
    const auto short_of = co_await look.prune("c", mailbox_prune::keep(250));
    CHECK(short_of == 50);
    const auto next = co_await slow.read(waiting::none(), 1);
    CHECK(texts_of(next, "c") == numbered(1, 53));
    const auto young = co_await look.prune("c", mailbox_prune::older_than(1h));
    CHECK(young == 0);
    co_await pause(20ms);
    const auto old = co_await look.prune("c", mailbox_prune::older_than(5ms));
    CHECK(old == 250);
    co_await me.write("c", "more");
    const auto after = co_await slow.read();
    CHECK(texts_of(after, "c") == texts{"more"});
    CHECK(after.at("c")[0].id() == 304);
  });
  CHECK(code_of([&] { (void)world.channels().prune("c", mailbox_prune::older_than(0ms)); }) ==
        errc::invalid_argument);
}

}  // namespace
