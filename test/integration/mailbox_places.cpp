// Where clients stand: what is committed by hand, moves beside it, channels without their numbers.
#include "support/mailbox_world.hpp"

namespace {

using namespace scene;
using sluice::waiting;

const texts channels{"c"};

mailbox_options by_hand() { return mailbox_options().commit_by_hand(); }

// A mailbox that was given messages 1 to 10 and has not committed them.
struct undecided {
  explicit undecided(mailbox_world& in) : world(in), writer(in.box("writer")) {}

  asio::awaitable<void> read_ten() {
    co_await me.subscribe(channels);
    co_await world.write(writer, "c", 10);
    const auto ten = co_await me.read();
    CHECK(texts_of(ten, "c").size() == 10);
  }
  asio::awaitable<texts> read() {
    const auto came = co_await me.read();
    co_return texts_of(came, "c");
  }
  asio::awaitable<std::uint64_t> position() {
    const auto all = co_await world.channels().subscribers("c");
    co_return all.at(0).position();
  }

  mailbox_world& world;
  mailbox writer;
  mailbox me = world.box("me", by_hand());
};

}  // namespace

TEST_CASE("a channel is committed as far as is said, and the rest stays uncommitted") {
  mailbox_world world(any_layout());
  undecided one(world);
  world.play([&]() -> asio::awaitable<void> {
    co_await one.read_ten();
    co_await one.me.commit("c", 4);
    auto at = co_await one.position();
    CHECK(at == 4);
    // Neither what was committed before, nor what nobody was given.
    co_await one.me.commit("c", 3);
    co_await one.me.commit("c", 11);
    co_await one.me.commit("d", 1);
    at = co_await one.position();
    CHECK(at == 4);
    const auto nothing = co_await one.read();
    CHECK(nothing.empty());
    co_await one.me.commit();
    at = co_await one.position();
    CHECK(at == 10);
  });
}

TEST_CASE("what is read while a commit is under way is committed by the next one") {
  mailbox_world world(any_layout());
  undecided one(world);
  world.play([&]() -> asio::awaitable<void> {
    co_await one.read_ten();
    co_await world.write(one.writer, "c", 5, 10);
    bool committed = false;
    world.beside([&]() -> asio::awaitable<void> {
      co_await one.me.commit();
      committed = true;
    });
    const auto rest = co_await one.read();
    CHECK(rest == numbered(5, 10));
    co_await until([&] { return committed; });
    co_await one.me.commit();
    const auto at = co_await one.position();
    CHECK(at == 15);
  });
}

TEST_CASE(
    "who was moved within what it has read goes on from there, and its commit moves nothing") {
  mailbox_world world(any_layout());
  undecided one(world);
  world.play([&]() -> asio::awaitable<void> {
    co_await one.read_ten();
    co_await world.channels().move_subscriber("c", "me", 3);
    co_await one.me.commit();
    const auto at = co_await one.position();
    CHECK(at == 3);
    const auto again = co_await one.read();
    CHECK(again == numbered(7, 3));
  });
}

TEST_CASE("what was read is committed also where a part of it was cut meanwhile") {
  mailbox_world world(any_layout());
  undecided one(world);
  world.play([&]() -> asio::awaitable<void> {
    co_await one.read_ten();
    co_await world.channels().prune("c", mailbox_prune::keep(3));
    auto at = co_await one.position();
    CHECK(at == 7);
    const auto nothing = co_await one.read();
    CHECK(nothing.empty());
    co_await one.me.commit();
    at = co_await one.position();
    CHECK(at == 10);
  });
}

TEST_CASE("a channel that was made anew is read from its beginning") {
  mailbox_world world(any_layout());
  undecided one(world);
  const bool by_itself = GENERATE(true, false);
  const bool looked = GENERATE(true, false);
  world.play([&]() -> asio::awaitable<void> {
    co_await one.read_ten();
    co_await world.channels().remove("c");
    if (looked) {
      const auto nothing = co_await one.read();
      CHECK(nothing.empty());
    }
    auto other = world.box("me");
    if (by_itself) {
      co_await one.me.subscribe(channels);
    } else {
      co_await other.subscribe(channels);
    }
    co_await world.write(one.writer, "c", 3);
    const auto new_ones = co_await one.read();
    CHECK(new_ones == numbered(3));
    co_await one.me.commit();
    const auto at = co_await one.position();
    CHECK(at == 3);
  });
}

TEST_CASE("what a server has lost is neither skipped nor committed when its numbers come again") {
  mailbox_world world(any_layout());
  undecided one(world);
  world.play([&]() -> asio::awaitable<void> {
    co_await one.read_ten();
    // The last five messages, and that they ever were.
    for (int i = 6; i <= 10; ++i) {
      const auto id = std::to_string(i);
      const auto key = world.key("messages:channel#c");
      if (world.layout.kind() == mailbox_layout::form::native) {
        world.server.command({"XDEL", key, id + "-0"});
      } else {
        world.server.command({"ZREMRANGEBYSCORE", key, id, id});
      }
    }
    if (world.layout.kind() == mailbox_layout::form::native) {
      world.server.command({"XSETID", world.key("messages:channel#c"), "5-0"});
    }
    world.server.command({"SET", world.key("ids:channel#c"), "5"});
    co_await one.me.commit();
    const auto at = co_await one.position();
    CHECK(at == 0);
    co_await world.write(one.writer, "c", 2, 5);
    const auto all = co_await one.read();
    CHECK(all == numbered(7));
  });
}

TEST_CASE("a channel that is empty and has lost its counter goes on behind whoever read furthest") {
  mailbox_world world(any_layout());
  world.play([&]() -> asio::awaitable<void> {
    auto me = world.box("me");
    auto writer = world.box("writer");
    co_await me.subscribe(channels);
    co_await world.write(writer, "c", 10);
    const auto ten = co_await me.read();
    CHECK(texts_of(ten, "c").size() == 10);
    co_await world.channels().prune("c", mailbox_prune::keep(0));
    world.server.command({"DEL", world.key("ids:channel#c")});
    const auto number = co_await writer.write("c", "next");
    CHECK(number == 11);
    const auto next = co_await me.read();
    CHECK(texts_of(next, "c") == texts{"next"});
  });
}

TEST_CASE("a stream that knows greater numbers than its channel, and is empty, can be written to") {
  mailbox_world world(mailbox_layout::native());
  world.play([&]() -> asio::awaitable<void> {
    auto writer = world.box("writer");
    const auto stream = world.key("messages:channel#c");
    world.server.command({"XADD", stream, "1000-7", "a", "b"});
    world.server.command({"XTRIM", stream, "MAXLEN", "0"});
    const auto number = co_await writer.write("c", "next");
    CHECK(number == 1001);
  });
}

TEST_CASE("nobody is moved beyond the last message, where it would miss the next one") {
  mailbox_world world(any_layout());
  undecided one(world);
  world.play([&]() -> asio::awaitable<void> {
    co_await one.read_ten();
    co_await world.channels().move_subscriber("c", "me", UINT64_MAX);
    const auto at = co_await one.position();
    CHECK(at == 10);
    co_await world.write(one.writer, "c", 1, 10);
    const auto next = co_await one.read();
    CHECK(next == numbered(1, 10));
  });
}
